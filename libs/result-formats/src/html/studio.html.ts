import type { GroupHeader } from '@multitask/task-group';
import { progressTitle, titleOf } from '../group/progress';
import { brand } from './document';
import { html, inlineJson } from './template';

/** A script and its digest: a browser runs nothing else in its place. */
export interface SealedFile {
  readonly address: string;
  readonly integrity: string;
}

/** Addresses of the studio's own files, as the gateway serves them. */
export interface StudioAssets {
  readonly styles: readonly string[];
  readonly icon: string;
  readonly script: SealedFile;
  readonly modules: readonly SealedFile[];
  /** Runs SQLite in a thread of its own. */
  readonly worker: string;
  /** SQLite itself, as WebAssembly. */
  readonly engine: SealedFile;
}

/** The page on which a group's SQLite file is opened in the browser and asked in SQL. Without scripts it offers the file. */
export function studioHtml(header: GroupHeader, assets: StudioAssets): string {
  const id = header.groupId;
  const data = { taskgroup_id: id, file: `/${id}.sqlite`, worker: assets.worker, engine: assets.engine };
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="referrer" content="no-referrer" />
        <meta name="color-scheme" content="light dark" />
        <title>${progressTitle(header)} · SQL</title>
        <link rel="icon" href="${assets.icon}" type="image/svg+xml" />
        ${assets.styles.map((style) => html`<link rel="stylesheet" href="${style}" />`)}
        ${assets.modules.map(
          ({ address, integrity }) => html`<link rel="modulepreload" href="${address}" integrity="${integrity}" />`,
        )}
        <script type="module" src="${assets.script.address}" integrity="${assets.script.integrity}"></script>
      </head>
      <body class="studio">
        <a class="skip" href="#sql">To the statement</a>
        <header class="top">
          ${brand}
          <nav class="tools" aria-label="This result">
            <a class="button" href="/${id}">Result page</a>
            <a class="button" href="/${id}.sqlite" download="${id}.sqlite">Download .sqlite</a>
          </nav>
        </header>
        <main>
          <div class="studio-head">
            <h1>${titleOf(header)}</h1>
            <p class="studio-state scripted">
              <span id="freshness" role="status">Fetching the file…</span>
              <label id="following"><input type="checkbox" id="follow" checked /> follow</label>
            </p>
          </div>
          <noscript
            ><p class="notice">
              The studio needs scripts. <a href="/${id}.sqlite">The SQLite file</a> opens in any tool for SQLite.
            </p></noscript
          >
          <div class="studio-parts scripted">
            <aside class="studio-side" aria-label="What can be asked">
              <details open>
                <summary>Examples</summary>
                <ul id="examples"></ul>
              </details>
              <details open>
                <summary>Tables</summary>
                <div id="tables"></div>
              </details>
            </aside>
            <section class="studio-work" aria-label="SQL">
              <div class="editor">
                <pre id="paint" aria-hidden="true"></pre>
                <textarea
                  id="sql"
                  aria-label="SQL statement"
                  aria-describedby="sql-hint"
                  spellcheck="false"
                  autocapitalize="off"
                  autocomplete="off"
                  autocorrect="off"
                  wrap="off"
                ></textarea>
              </div>
              <div class="studio-bar">
                <button type="button" class="button strong" id="run" disabled>Run</button>
                <button type="button" class="button" id="stop" hidden>Stop</button>
                <small id="sql-hint"
                  ><span class="keys">Ctrl or ⌘ + Enter runs it.</span> SQLite, on a copy in this browser: nothing you
                  do here changes the group.</small
                >
              </div>
              <p id="said" role="status"></p>
              <div id="answer" hidden>
                <div class="answer-bar">
                  <div id="tabs" role="tablist" aria-label="The answer as">
                    <button type="button" role="tab" id="tab-table" aria-controls="grid" aria-selected="true">
                      Table
                    </button>
                    <button
                      type="button"
                      role="tab"
                      id="tab-chart"
                      aria-controls="chart"
                      aria-selected="false"
                      tabindex="-1"
                    >
                      Chart
                    </button>
                  </div>
                  <details class="menu" id="save">
                    <summary class="button">Save answer</summary>
                    <ul class="menu-list">
                      <li>
                        <button type="button" id="save-csv">CSV <small>for a spreadsheet</small></button>
                      </li>
                      <li>
                        <button type="button" id="save-json">JSON <small>a list of objects</small></button>
                      </li>
                    </ul>
                  </details>
                </div>
                <div id="grid"></div>
                <div id="chart" hidden></div>
              </div>
            </section>
          </div>
        </main>
        <dialog class="ask" id="value" aria-labelledby="value-name">
          <h2 id="value-name"></h2>
          <pre id="value-text" tabindex="0"></pre>
          <form method="dialog" class="ask-buttons"><button class="button">Close</button></form>
        </dialog>
        <script type="application/json" id="studio">
          ${inlineJson(data)}
        </script>
      </body>
    </html> `.text;
}
