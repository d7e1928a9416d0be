import type { JsonValue } from '@multitask/contracts';
import { flattenRow, type GroupHeader, type RowView } from '@multitask/task-group';
import { cellSummary } from '../rows/cell-summary';
import { confidenceByField, type Confidence } from '../rows/confidence';
import { rowError } from '../rows/row-error';
import { webUrl } from '../text/web-url';
import { html, type Html } from './template';

/** Characters of one cell in the table; the whole value is on the row's own page. */
export const cellLength = 300;

/** One row of the table. The page's script draws the same from JSON: `cells.view.ts`; a browser test compares the two. */
export function tableRow(row: RowView, columns: readonly string[], group: Pick<GroupHeader, 'groupId'>): Html {
  const flat = flattenRow(row) as Record<string, JsonValue>;
  const sure = confidenceByField(row.output);
  const cells = columns.map((name) => {
    const value = Object.hasOwn(flat, name) ? flat[name] : undefined;
    return html`<td data-label="${name}">${valueCell(value, sure.get(name))}</td>`;
  });
  return html`<tr data-row="${row.row}" class="${row.status}" aria-rowindex="${row.row + 2}">
    ${statusCell(row, group)}${cells}
  </tr>`;
}

function statusCell(row: RowView, group: Pick<GroupHeader, 'groupId'>): Html {
  const label = html`<span class="dot" aria-hidden="true"></span>${row.status.replace('_', ' ')}`;
  const error = rowError(row);
  const status =
    row.runId === null
      ? html`<span class="status">${label}</span>`
      : html`<a class="status" href="/${group.groupId}/runs/${row.runId}">${label}</a>`;
  return html`<th scope="row">
    <div class="cell">${status}${error && html`<span class="reason">${shortened(error.message)}</span>`}</div>
  </th>`;
}

function valueCell(value: JsonValue | undefined, confidence?: Confidence): Html {
  const text = cellSummary(value);
  const url = webUrl(text);
  const shown = url
    ? html`<a href="${url}" rel="noopener noreferrer nofollow" target="_blank">${shortened(text)}</a>`
    : shortened(text);
  return html`<div class="cell">
    <div class="value${typeof value === 'number' ? ' number' : ''}">${shown}</div>
    ${confidence && confidenceMark(confidence)}
  </div>`;
}

export const confidenceMark = (level: Confidence): Html =>
  html`<span
    class="confidence ${level}"
    role="img"
    aria-label="${level} confidence"
    title="${level} confidence"
  ></span>`;

const shortened = (text: string): string => (text.length > cellLength ? `${text.slice(0, cellLength)}…` : text);
