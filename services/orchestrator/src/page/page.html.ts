import { html, type Html } from '@multitask/result-formats';

export type Part = Html | string | number | null | undefined | false | readonly Part[];

export interface Frame {
  readonly title: string;
  /** Whose runs these are; undefined for whoever has not said so yet. */
  readonly who: string | undefined;
  /** What makes the page follow: the run and the last event it shows, or a list that is looked at again. */
  readonly live?: { readonly run?: string; readonly after?: number };
}

/** A whole page; every value in it is escaped by the way it is made. */
export const framed = ({ title, who, live }: Frame, body: Part): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/orchestration/style.css" />
        ${live && html`<script type="module" src="/orchestration/live.js"></script>`}
      </head>
      <body>
        <header>
          <a class="brand" href="/orchestration">Runs</a>
          ${
            who !== undefined &&
            html`<a href="/orchestration/dead">Dead letters</a>
              <span class="who">${who}</span>
              <form method="post" action="/orchestration/leave"><button class="plain">Leave</button></form>`
          }
        </header>
        <main data-live="${live ? 'yes' : 'no'}" data-run="${live?.run ?? ''}" data-after="${live?.after ?? 0}">
          ${body}
        </main>
      </body>
    </html> `.text;

export const tokenPage = (message: string | undefined): string =>
  framed(
    { title: 'Runs', who: undefined },
    html`<h1>Runs and tasks</h1>
      ${message !== undefined && html`<p class="notice" role="alert">${message}</p>`}
      <form method="post" action="/orchestration/session" class="stack">
        <label for="token"
          >Your token <small>of a namespace, or the operator’s; kept in a cookie of this page alone</small></label
        >
        <input id="token" name="token" type="password" autocomplete="off" required autofocus />
        <button>Look</button>
      </form>`,
  );

export const badge = (status: string): Html => html`<span class="badge ${status}">${status.replace('_', ' ')}</span>`;

export const time = (ms: number | null): Part =>
  ms !== null &&
  html`<time datetime="${new Date(ms).toISOString()}"
    >${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}</time
  >`;

/** Characters of a value that a table shows; the API has the rest. */
const shownCharacters = 2_000;

/** What fits into the height of a value on the narrowest screen. */
const unscrolled = { characters: 120, lines: 4 };

export function shownValue(value: unknown): Part {
  if (value === null || value === undefined) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 1);
  const shown = text.length > shownCharacters ? `${text.slice(0, shownCharacters)} …` : text;
  // What scrolls must be within reach of the keyboard, and what does not should be no stop on the way.
  const scrolls =
    text.length > unscrolled.characters || text.split('\n', unscrolled.lines + 1).length > unscrolled.lines;
  return scrolls ? html`<pre tabindex="0" role="group" aria-label="Value">${shown}</pre>` : html`<pre>${shown}</pre>`;
}
