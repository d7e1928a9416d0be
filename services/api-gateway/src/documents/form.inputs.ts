import { faultRoom, field, step } from './form.markup';

const exampleInputs = 'country\nFrance\nJapan\nKenya';

const tab = (name: string, label: string, isChosen = false): string =>
  `<button type="button" role="tab" id="tab-${name}" aria-controls="source-${name}" aria-selected="${isChosen}"${isChosen ? '' : ' tabindex="-1"'}>${label}</button>`;

const followField = (id: string): string =>
  field({
    id,
    name: 'taskgroup_id',
    label: 'A task group at Parallel',
    placeholder: 'tgrp_…',
    more: 'autocomplete="off" spellcheck="false"',
    hint: 'One that your key can read. Its runs become rows and are followed live; nothing is bought.',
  });

/** Following a group needs no rows and no question: where no script folds those away, it is a form of its own. */
export const followForm = (
  keyField: string,
): string => `<noscript><form method="post" action="/v1beta/tasks/multitask" enctype="multipart/form-data" class="step">
<h2>Or follow a group that is there</h2>
${keyField}
${followField('followed')}
<p><button class="button">Follow it</button></p>
</form></noscript>`;

/** Where the rows come from. Without scripts a text that is a URL is a link, and the file is there beside it. */
export const inputsStep = ({ rows, inputsBytes }: { rows: number; inputsBytes: number }): string =>
  step(
    'step-inputs',
    '01',
    'Rows',
    'Each row gets an answer of its own.',
    `<div class="bar">
<div class="tabs scripted" role="tablist" aria-label="Where the rows are">
${tab('paste', 'Paste', true)}${tab('file', 'File')}${tab('link', 'Link')}${tab('follow', 'Follow')}
</div>
<div class="examples scripted"><span class="quiet">Example</span>
<button type="button" class="link" data-example="countries">Countries</button>
<button type="button" class="link" data-example="companies">Companies</button>
<button type="button" class="link" data-example="questions">Questions</button>
<button type="button" class="link" data-example="none">Empty</button>
</div>
</div>
<div class="field" data-field="inputs">
<div id="source-paste" role="tabpanel" aria-labelledby="tab-paste">
<label for="inputs">CSV with a header, JSON or NDJSON<span class="unscripted">, or a URL to one of them</span></label>
<textarea id="inputs" name="inputs" rows="7" spellcheck="false" aria-describedby="inputs-fault">
${exampleInputs}</textarea>
</div>
<div id="source-file" role="tabpanel" aria-labelledby="tab-file">
<label class="drop" for="file"><span class="drop-title"><b class="scripted" id="drop-title">Drop a file here, or choose one</b><b class="unscripted">Or a file; leave the text above empty then</b></span>
<span class="quiet" id="drop-hint">CSV, TSV, JSON or NDJSON, up to ${Math.floor(inputsBytes / 1_048_576)} MiB and ${rows.toLocaleString('en')} rows</span>
<input id="file" name="inputs" type="file" accept=".csv,.tsv,.json,.ndjson,.jsonl,text/csv,application/json" aria-describedby="inputs-fault"></label>
</div>
<div id="source-link" role="tabpanel" aria-labelledby="tab-link" class="scripted" hidden>
<label for="link">URL of a JSON, NDJSON or CSV file</label>
<div class="with-button"><input id="link" type="url" inputmode="url" placeholder="https://example.com/companies.csv" aria-describedby="link-hint inputs-fault"><button type="button" class="button" id="look">Look</button></div>
<p class="hint" id="link-hint">Fetched once, by the service, when you start. <q>Look</q> fetches it now and shows its first rows; nothing is created.</p>
</div>
${faultRoom('inputs')}
</div>
<div id="source-follow" role="tabpanel" aria-labelledby="tab-follow" class="scripted" hidden>
${followField('taskgroup_id')}
</div>
<div id="preview" class="preview scripted" hidden></div>`,
  );
