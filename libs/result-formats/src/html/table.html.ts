import { type GroupHeader } from '@multitask/task-group';
import type { ResultPage } from '../query/result-page';
import { tableRow } from './cells.html';
import { html, type Html } from './template';

/** The rows of the first paint. From there on the script draws those that are looked at: `rows.view.ts`. */
export const rowTable = ({ header, rows }: ResultPage, columns: readonly string[]): Html =>
  html`<div class="table" id="table" role="region" aria-labelledby="title" tabindex="0">
      <table id="rows" aria-rowcount="${header.rowCount + 1}">
        <thead>
          <tr aria-rowindex="1">
            <th scope="col">Status</th>
            ${columns.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map((row) => tableRow(row, columns, header))}
        </tbody>
      </table>
    </div>
    <p class="none" id="none" ${header.rowCount > 0 ? html` hidden` : ''}>This group has no rows.</p>`;

/** Leads on where no script runs, with the same choice of rows and columns. */
export const moreRows = ({ header, nextCursor, query }: ResultPage): Html =>
  html`<p class="more" id="more" ${nextCursor === null ? html` hidden` : ''}>
    <a class="button" id="next" href="${nextPath(header, nextCursor ?? '', query)}">More rows</a>
  </p>`;

function nextPath({ groupId }: GroupHeader, cursor: string, { statuses, fields, limit }: ResultPage['query']): string {
  const query = new URLSearchParams();
  if (statuses) query.set('status', [...statuses].join(','));
  if (fields) query.set('fields', fields.join(','));
  if (limit !== undefined && limit !== inlineRows) query.set('limit', String(limit));
  query.set('cursor', cursor);
  return `/${groupId}.html?${query}`;
}

/** Rows in the first paint; the rest is fetched when it is looked at. */
export const inlineRows = 200;
