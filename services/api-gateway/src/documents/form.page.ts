import { formAssets } from './form.assets';
import { dataElement, escaped, field } from './form.markup';
import { followForm, inputsStep } from './form.inputs';
import { optionsStep } from './form.options';
import { costField, processorStep } from './form.processor';
import { taskStep } from './form.task';

export interface FormPageOptions {
  readonly upstream: 'parallel' | 'emulator' | 'custom';
  /** Rows and bytes this installation takes, and dollars when its operator set a cap. */
  readonly limits: { readonly rows: number; readonly inputsBytes: number; readonly maxCostUsd: number | undefined };
}

const notices: Readonly<Record<FormPageOptions['upstream'], string>> = {
  emulator:
    '<p class="notice"><strong>This installation answers from a local emulator.</strong> Countries get true facts; everything else is made up and marked so. No key is needed and nothing is paid for.</p>',
  custom: '<p class="notice">This installation sends its work to an upstream of its operator’s choice.</p>',
  parallel: '',
};

/** The page at `/`: a form that works without scripts; with them it previews, checks, suggests, counts and follows. */
export function formPage({ upstream, limits }: FormPageOptions): string {
  const settings = { upstream, needsKey: upstream !== 'emulator', limits };
  return framed({
    title: 'Multitask',
    scripts: true,
    content: `<div class="hero">
<h1>Research every row</h1>
<p>Give rows, say what you want to know about each, and get one URL that fills with answers and their sources.</p>
</div>
${notices[upstream]}
<section class="created" id="created" aria-labelledby="created-title" hidden></section>
<section class="recent scripted" id="recent" aria-labelledby="recent-title" hidden></section>
<form id="form" method="post" action="/v1beta/tasks/multitask" enctype="multipart/form-data">
<div class="steps">
${upstream === 'emulator' ? '' : keyPart}
${inputsStep(limits)}
${taskStep}
${processorStep}
${optionsStep}
</div>
<aside class="order" aria-label="What it takes">
<div class="order-card">
<h2 class="heard">What it takes</h2>
<dl class="sum scripted" id="sum" aria-live="polite"></dl>
${costField}
<div class="alert" id="alert" role="alert" tabindex="-1" hidden></div>
<button class="button strong" id="go">Research every row</button>
<p class="quiet small">One URL for all of it: <span class="mono">HTML JSON CSV NDJSON Markdown SQLite SSE</span></p>
</div>
<details class="source scripted" id="request-part"><summary>The same as a request</summary><pre id="request" tabindex="0" aria-label="The request"></pre><button type="button" class="link" id="copy-request">Copy</button></details>
</aside>
</form>
${followForm(upstream === 'emulator' ? '' : keyField('followers_key'))}
${dataElement('settings', settings)}`,
  });
}

const keyField = (id: string): string =>
  field({
    id,
    name: 'api_key',
    label: 'Parallel API key',
    type: 'password',
    more: 'autocomplete="off" spellcheck="false" required',
    hint: 'Goes with this order alone, is sealed, and destroyed when all is done.',
  });

/** Before the rows: a form is sent from top to bottom, and no file is read for somebody without a key. */
const keyPart = `<section class="step key" aria-label="Your key">
${keyField('api_key')}
<label class="check scripted"><input type="checkbox" id="remember"> Remember it in this browser, for whoever uses it</label>
</section>`;

/** A page of this service in its common frame. `content` is markup already. */
export function framed(page: { title: string; content: string; scripts?: boolean }): string {
  const assets = formAssets();
  const modules = assets.modules.map((address) => `<link rel="modulepreload" href="${address}">`).join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="A whole Parallel task group in one call: live results at one URL.">
<title>${escaped(page.title)}</title>
<link rel="icon" href="${assets.icon}" type="image/svg+xml">
<link rel="stylesheet" href="${assets.style}">
${page.scripts ? `${modules}\n<script type="module" src="${assets.script}"></script>` : ''}
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header class="top">
<a class="brand" href="/"><span class="brand-mark" aria-hidden="true"></span>Multitask</a>
<nav aria-label="Documents"><a href="/openapi">API</a><a href="/SPEC.md">In short</a><a href="/llms.txt">For models</a><a href="/v1beta/tasks/multitask/limits">Limits</a></nav>
</header>
<main id="main">
${page.content}
</main>
</body>
</html>
`;
}

/** Our own script and style, nothing inline, nothing from elsewhere; no text ever becomes markup. */
export const formPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');
