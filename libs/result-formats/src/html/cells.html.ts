import type { JsonValue } from '@multitask/contracts';
import { flattenRow, type GroupHeader, type RowView } from '@multitask/task-group';
import { cellText } from '../rows/cell-text';
import { confidenceByField, type Confidence } from '../rows/confidence';
import { rowError } from '../rows/row-error';
import { html, webUrl, type Html } from './template';

/** Characters of one cell in the table; the whole value is on the row's own page. */
export const cellLength = 1_000;

/** One row of the table. The page's script builds the same from JSON: `assets/cells.js`, `drawRow`. */
export function tableRow(row: RowView, columns: readonly string[], group: Pick<GroupHeader, 'groupId'>): Html {
  const flat = flattenRow(row) as Record<string, JsonValue>;
  const sure = confidenceByField(row.output);
  const cells = columns.map((name) => {
    const value = Object.hasOwn(flat, name) ? flat[name] : undefined;
    return html`<td data-label="${name}">${valueCell(value, sure.get(name))}</td>`;
  });
  return html`<tr data-row="${row.row}" class="${row.status}">
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
  return html`<th scope="row">${status}${error && html`<span class="reason">${shortened(error.message)}</span>`}</th>`;
}

export function valueCell(value: JsonValue | undefined, confidence?: Confidence): Html {
  const text = shortened(cellText(value));
  const url = webUrl(text);
  const shown = url ? html`<a href="${url}" rel="noopener noreferrer nofollow" target="_blank">${url}</a>` : text;
  return html`<div class="value${typeof value === 'number' ? ' number' : ''}">${shown}</div>
    ${confidence && confidenceDot(confidence)}`;
}

export const confidenceDot = (level: Confidence): Html =>
  html`<span
    class="confidence ${level}"
    role="img"
    aria-label="${level} confidence"
    title="${level} confidence"
  ></span>`;

const shortened = (text: string): string => (text.length > cellLength ? `${text.slice(0, cellLength)}…` : text);
