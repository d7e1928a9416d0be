import type { GroupHeader } from '@multitask/task-group';
import { costOf } from '../group/cost';
import { emulatorNotice } from '../group/notices';
import { progressTitle, titleOf } from '../group/progress';
import { statusJson } from '../group/status';
import { warningsOf } from '../group/warnings';
import { resultHead, resultRow } from '../json/result.json';
import { runJson } from '../json/run.json';
import type { ResultPage } from '../query/result-page';
import { columnsOf } from '../rows/columns';
import { tableRow } from './cells.html';
import { brand, htmlDocument, type PageAssets } from './document';
import { progressBar, statusCounts } from './progress.html';
import { html, inlineJson, type Html } from './template';

/** Rows in the first paint; the rest is fetched when it is looked at. */
export const inlineRows = 200;

/** The live page: right as it is without scripts; with them, rows change in place as the stream tells. */
export function resultHtml(page: ResultPage, assets: PageAssets): string {
  const { header, rows, query } = page;
  const columns = query.fields ?? columnsOf(header.spec, rows);
  const body = html` <header class="top">
      ${brand}
      <nav class="formats" aria-label="Other formats">
        ${formatLinks(header)}<button type="button" id="copy" hidden>Copy link</button>
      </nav>
    </header>
    <main>
      ${notices(page)}
      <h1 id="title">${titleOf(header)}</h1>
      <p class="about">${about(header)}</p>
      <section class="progress" aria-label="Progress">
        <p class="message" id="message" role="status">${statusJson(header).status_message}</p>
        ${progressBar(header)} ${statusCounts(header)}
      </section>
      <div class="table" role="region" aria-labelledby="title" tabindex="0">
        <table id="rows">
          <thead>
            <tr>
              <th scope="col">Status</th>
              ${columns.map((name) => html`<th scope="col">${name}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows.map((row) => tableRow(row, columns, header))}
          </tbody>
        </table>
      </div>
      ${moreRows(page)}
    </main>
    <footer>${expiry(header)}</footer>
    <script type="application/json" id="result">
      ${inlineJson(pageData(page, columns))}
    </script>`;
  return htmlDocument(
    progressTitle(header),
    assets,
    body,
    html`${assets.scripts.map((script) => html`<script src="${script}" defer></script>`)}`,
  );
}

/** What the script starts from: the same answer as `.json`, without reasoning and sources, and the columns in their order. */
const pageData = ({ header, rows, query, nextCursor, eventId, notice }: ResultPage, columns: readonly string[]) => ({
  ...resultHead(header, eventId, notice),
  next_cursor: nextCursor,
  columns,
  /** The script must not add columns or rows that the reader asked not to see. */
  partial: query.fields !== undefined || query.statuses !== undefined || query.from > 0,
  results: rows.map((row) => resultRow(row, query.fields)),
  runs: rows.map((row) => runJson(row, header, { of: 'none' })),
});

const formatLinks = ({ groupId }: GroupHeader): Html[] =>
  [
    ['json', 'JSON'],
    ['md', 'Markdown'],
    ['csv', 'CSV'],
    ['ndjson', 'NDJSON'],
    ['sse', 'Stream'],
  ].map(([extension, name]) => html`<a href="/${groupId}.${extension}">${name}</a>`);

const notices = ({ header, notice }: ResultPage): Html =>
  html` ${header.upstream === 'emulator' && html`<p class="notice emulator"><b>Emulator.</b> ${emulatorNotice}</p>`}
    <p class="notice blocked" id="blocked" role="status" ${header.blocked ? '' : html` hidden`}>
      ${header.blocked?.message}
    </p>
    <p class="notice lost" id="lost" role="status" ${notice === null ? html` hidden` : ''}>${notice}</p>
    ${warningsOf(header).map((warning) => html`<p class="notice warning">${warning.message}</p>`)}`;

function about(header: GroupHeader): Html {
  const { spent_usd, estimated_total_usd } = costOf(header);
  const cost = spent_usd !== null && html` · <span id="cost">$${spent_usd} of $${estimated_total_usd}</span>`;
  const uncharged = cost && header.upstream === 'emulator' ? ' (list price; nothing is charged)' : '';
  const created = `${header.createdAt.slice(0, 16).replace('T', ' ')} UTC`;
  return html`Processor <b>${header.spec.processor}</b>${cost}${uncharged} · created
    <time datetime="${header.createdAt}">${created}</time>`;
}

const moreRows = ({ header, nextCursor }: ResultPage): Html =>
  html`<p class="more" id="more" ${nextCursor === null ? html` hidden` : ''}>
    <a id="next" href="/${header.groupId}.html?cursor=${nextCursor ?? ''}">More rows</a>
  </p>`;

const expiry = ({ expiresAt, spec }: GroupHeader): Html =>
  expiresAt === null
    ? html`<p id="expiry">Kept for ${spec.ttl_days} days after the last row is done.</p>`
    : html`<p id="expiry">Kept until <time datetime="${expiresAt}">${expiresAt.slice(0, 10)}</time>.</p>`;
