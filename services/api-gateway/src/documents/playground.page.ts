import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Files of the playground, from the installed package: nothing is loaded from elsewhere. */
const packageFolder = dirname(require.resolve('swagger-ui-dist/package.json'));

const start = `window.addEventListener('load', () => {
  SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#playground',
    deepLinking: true,
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis],
    layout: 'BaseLayout',
  });
});
`;

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Multitask API</title>
<link rel="stylesheet" href="/openapi/swagger-ui.css">
<script src="/openapi/swagger-ui-bundle.js" defer></script>
<script src="/openapi/start.js" defer></script>
</head>
<body>
<noscript><p>The playground needs scripts; the document itself is at <a href="/openapi.json">/openapi.json</a>.</p></noscript>
<div id="playground"></div>
</body>
</html>
`;

export interface PageFile {
  readonly type: string;
  readonly body: string | Buffer;
}

const script = 'text/javascript; charset=utf-8';

/** The playground's files by name; '' is the page itself. Read once, when first asked for. */
export function playgroundFile(name: string): PageFile | undefined {
  if (name === '') return { type: 'text/html; charset=utf-8', body: page };
  if (name === 'start.js') return { type: script, body: start };
  if (name === 'swagger-ui.css') return installed(name, 'text/css; charset=utf-8');
  if (name === 'swagger-ui-bundle.js') return installed(name, script);
  return undefined;
}

const read = new Map<string, PageFile>();

function installed(name: string, type: string): PageFile {
  const known = read.get(name) ?? { type, body: readFileSync(join(packageFolder, name)) };
  read.set(name, known);
  return known;
}

/** The library sets styles and draws its icons as data; scripts are our files alone, and requests go to this origin alone. */
export const playgroundPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
