import { findProcessor } from '@multitask/contracts';
import { inputFields } from '@multitask/task-group';
import { progressTitle, titleOf } from '../group/progress';
import { resultHead, resultRow } from '../json/result.json';
import { runJson } from '../json/run.json';
import type { ResultPage } from '../query/result-page';
import { columnsOf } from '../rows/columns';
import { brand, htmlDocument, type PageAssets } from './document';
import { downloadMenu } from './downloads.html';
import { factLine } from './facts.html';
import { notices } from './notices.html';
import { progressPart } from './progress.html';
import { moreRows, rowTable } from './table.html';
import { html, inlineJson } from './template';
import { toolbar } from './toolbar.html';

export { inlineRows } from './table.html';

/** The live page: right as it is without scripts; with them, rows change in place as the stream tells. */
export function resultHtml(page: ResultPage, assets: PageAssets): string {
  const { header, rows, query } = page;
  const columns = query.fields ?? columnsOf(header.spec, rows);
  const body = html` <a class="skip" href="#table">To the rows</a>
    <header class="top">
      ${brand}
      <nav class="tools" aria-label="This result">
        <span class="liveness scripted" id="liveness" hidden></span>
        <button type="button" class="button scripted" id="copy" disabled>Copy link</button>
        <button type="button" class="button scripted" id="manage" disabled>Manage</button>
        ${downloadMenu(header.groupId)}
      </nav>
    </header>
    <main>
      ${notices(page)}
      <h1 id="title">${titleOf(header)}</h1>
      ${factLine(header)} ${progressPart(header)} ${toolbar(header)} ${rowTable(page, columns)} ${moreRows(page)}
    </main>
    <footer><p id="shown" aria-live="polite"></p></footer>
    <p class="heard" id="heard" aria-live="polite"></p>
    <script type="application/json" id="result">
      ${inlineJson(pageData(page, columns))}
    </script>`;
  return htmlDocument(progressTitle(header), assets, body, 'live');
}

/** What the script starts from: the same answer as `.json`, without reasoning and sources, and the columns in their order. */
const pageData = ({ header, rows, query, nextCursor, eventId, notice }: ResultPage, columns: readonly string[]) => ({
  ...resultHead(header, eventId, notice),
  next_cursor: nextCursor,
  columns,
  /** Names that came with the rows; the others are answers. */
  entered: [...new Set(rows.flatMap((row) => inputFields(row.input).map(([name]) => name)))],
  /** What a retry of one row comes to by the list price; null when that is not known. */
  usd_per_row: findProcessor(header.spec.processor)?.usdPerRun ?? null,
  /** The script must not add columns or rows that the reader asked not to see. */
  partial: query.fields !== undefined || query.statuses !== undefined || query.from > 0,
  results: rows.map((row) => resultRow(row, query.fields)),
  runs: rows.map((row) => runJson(row, header, { of: 'none' })),
});
