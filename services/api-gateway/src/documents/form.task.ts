import { field, faultRoom, step } from './form.markup';

const exampleTask = 'capital and currency';

const kind = (value: string, name: string, hint: string, isChosen = false): string =>
  `<label class="card"><input type="radio" name="output_type" value="${value}"${isChosen ? ' checked' : ''}><span><b>${name}</b> <small>${hint}</small></span></label>`;

/** What each row is answered with: in words, or by a schema that is edited field by field or as JSON. */
export const taskStep = step(
  'step-task',
  '02',
  'Question',
  'Asked of every row.',
  `<fieldset class="field" data-field="output_type">
<legend>Each answer is</legend>
<div class="cards">
${kind('json', 'Fields', 'columns of a table, each with its sources', true)}
${kind('text', 'Text', 'a report in prose')}
${kind('auto', 'Automatic', 'the processor decides')}
</div>
${faultRoom('output_type')}
</fieldset>
<div data-for="json text">
${field({
  name: 'output_description',
  label: 'What do you want to know?',
  type: 'textarea',
  rows: 3,
  value: exampleTask,
  hint: '<span data-for="json">In words. A schema is suggested from them; see it before it is used, or define the fields yourself.</span>',
})}
<div class="suggest scripted" data-for="json">
<button type="button" class="button" id="suggest">Suggest fields</button>
<p class="quiet" id="suggested" role="status"></p>
</div>
</div>
<div data-for="json" id="schema-part">
<details class="fold" id="schema-fold">
<summary>Fields <span class="quiet" id="schema-summary">suggested from your words when you start</span></summary>
<div class="fold-content">
<div class="scripted" id="fields"></div>
<div class="bar scripted"><button type="button" class="button" id="add-field">Add a field</button>
<button type="button" class="link" id="drop-schema">Forget these fields</button></div>
<details class="source" id="schema-source"><summary>As JSON Schema</summary>
${field({
  name: 'output_schema',
  label: 'JSON Schema of an answer',
  type: 'textarea',
  rows: 10,
  more: 'spellcheck="false" class="code"',
  hint: 'An object with properties. It replaces what would be suggested.',
})}
</details>
<ul class="advice scripted" id="schema-advice"></ul>
</div>
</details>
</div>`,
);
