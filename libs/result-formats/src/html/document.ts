import { html, type Html, type HtmlValue } from './template';

/** Addresses of our own files, as the gateway serves them. */
export interface PageAssets {
  readonly style: string;
  /** The module that makes the page live. */
  readonly script: string;
  /** Modules it loads: named in the page, a browser fetches all at once instead of one after the other. */
  readonly modules: readonly string[];
  readonly icon: string;
}

/** `live` fills the window; only `still` needs no script. */
type PageKind = 'still' | 'live' | 'listing';

/** A whole page. Nothing is loaded from elsewhere, nothing is told to elsewhere, and no search engine keeps it. */
export const htmlDocument = (title: string, assets: PageAssets, body: HtmlValue, kind: PageKind = 'still'): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="referrer" content="no-referrer" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="${assets.icon}" type="image/svg+xml" />
        <link rel="stylesheet" href="${assets.style}" />
        ${kind !== 'still' && scripts(assets)}
      </head>
      <body class="${kind}">
        ${body}
      </body>
    </html> `.text;

const scripts = ({ script, modules }: PageAssets): Html =>
  html`${modules.map((module) => html`<link rel="modulepreload" href="${module}" />`)}
    <script type="module" src="${script}"></script>`;

export const brand = html`<a class="brand" href="/"><span class="brand-mark" aria-hidden="true"></span>Multitask</a>`;
