import { html, type Html, type HtmlValue } from './template';

/** Addresses of our own style, script and icon, as the gateway serves them. */
export interface PageAssets {
  readonly style: string;
  /** Run in this order. */
  readonly scripts: readonly string[];
  readonly icon: string;
}

/** A whole page. Nothing is loaded from elsewhere, nothing is told to elsewhere, and no search engine keeps it. */
export const htmlDocument = (title: string, assets: PageAssets, body: HtmlValue, script?: Html): string =>
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
        ${script}
      </head>
      <body>
        ${body}
      </body>
    </html> `.text;

export const brand = html`<a class="brand" href="/"><span class="brand-mark" aria-hidden="true"></span>Multitask</a>`;
