import { createHash } from 'node:crypto';
import { processors } from '@multitask/contracts';
import { style } from './page.style';

export interface FormPageOptions {
  readonly upstream: 'parallel' | 'emulator' | 'custom';
}

const plain = processors.filter(({ name }) => !name.endsWith('-fast'));

const notices: Readonly<Record<FormPageOptions['upstream'], string>> = {
  emulator:
    '<p class="notice"><strong>This installation answers from a local emulator.</strong> Countries get true facts; everything else is made up and marked so. No key is needed and nothing is paid for.</p>',
  custom: '<p class="notice">This installation sends its work to an upstream of its operator’s choice.</p>',
  parallel: '',
};

/** The page at `/`: a plain form that works without scripts. */
export function formPage({ upstream }: FormPageOptions): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="A whole Parallel task group in one call: live results at one URL.">
<title>Multitask</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Multitask</h1>
<p>Give rows, say what you want to know about each, and get one URL that fills with answers.</p>
${notices[upstream]}
<form method="post" action="/v1beta/tasks/multitask" enctype="multipart/form-data">
${upstream === 'emulator' ? '' : keyField}
<label for="inputs">Inputs <small>CSV with a header, JSON, NDJSON, or a URL to one of them</small></label>
<textarea id="inputs" name="inputs" rows="6" spellcheck="false">country
France
Japan
Kenya</textarea>
<label for="file">or a file <small>leave the text above empty then</small></label>
<input id="file" name="inputs" type="file" accept=".csv,.tsv,.json,.ndjson,.jsonl,text/csv,application/json">
<label for="output_description">What do you want to know?</label>
<textarea id="output_description" name="output_description" rows="3" required>capital, currency and number of inhabitants</textarea>
<div class="row">
<div>
<label for="output_type">Answer</label>
<select id="output_type" name="output_type"><option value="json">a table of fields</option><option value="text">a text for each row</option></select>
</div>
<div>
<label for="processor">Processor</label>
<select id="processor" name="processor"><option value="">suggested for the task</option>${plain
    .map(
      ({ name, usdPerRun }) =>
        `<option value="${name}"${name === 'lite' ? ' selected' : ''}>${name}, ${usdPerRun} USD a row</option>`,
    )
    .join('')}</select>
</div>
<div>
<label for="max_cost_usd">At most <small>USD</small></label>
<input id="max_cost_usd" name="max_cost_usd" inputmode="decimal" value="1">
</div>
</div>
<label for="webhook_url">Webhook <small>optional: called when all is done</small></label>
<input id="webhook_url" name="webhook_url" type="url" placeholder="https://">
<button>Research every row</button>
</form>
<p class="links"><a href="/openapi">API</a> <a href="/SPEC.md">In short</a> <a href="/llms.txt">For models</a> <a href="/v1beta/tasks/multitask/limits">Prices and limits</a></p>
</main>
</body>
</html>
`;
}

const keyField =
  '<label for="api_key">Parallel API key <small>sent once with this form, sealed, and destroyed when the group is done</small></label><input id="api_key" name="api_key" type="password" autocomplete="off" required>';

/** No scripts, no outside requests; the one style by its hash. */
export const formPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');
