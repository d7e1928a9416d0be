import type { Column } from '../data/columns';
import { wordOf, type Confidence, type Json, type Row } from '../data/row';
import { cellText, shortened, webUrl } from '../data/text';
import { attributes, dot, make, outsideLink } from './dom';

/** What each cell shows, so that one that stays is left alone: most of a changed row does not change. */
const shownIn = new WeakMap<HTMLElement, string>();

/** Draws a row into its line: the same cells that `cells.html.ts` makes on the server. Texts are set as texts, never as markup. */
export function drawRow(line: HTMLTableRowElement, row: Row, columns: readonly Column[], groupPath: string): void {
  line.className = row.status;
  drawStatus(line, row, groupPath);
  while (line.cells.length > columns.length + 1) line.deleteCell(-1);
  for (const [i, { name }] of columns.entries()) {
    const cell = (line.cells[i + 1] as HTMLTableCellElement | undefined) ?? line.appendChild(make('td'));
    drawValue(cell, name, Object.hasOwn(row.result, name) ? row.result[name] : undefined, row.confidence.get(name));
  }
}

/** A line whose row has not come yet. */
export function drawAbsent(line: HTMLTableRowElement, columns: readonly Column[]): void {
  line.className = 'absent';
  const head = line.cells[0] ?? line.appendChild(attributes(make('th'), { scope: 'row' }));
  shownIn.delete(head);
  head.replaceChildren(make('div', { className: 'cell' }, make('span', { className: 'status' }, 'loading')));
  while (line.cells.length > columns.length + 1) line.deleteCell(-1);
  for (const [i, { name }] of columns.entries()) {
    const cell = (line.cells[i + 1] as HTMLTableCellElement | undefined) ?? line.appendChild(make('td'));
    drawValue(cell, name, undefined, undefined);
  }
}

function drawStatus(line: HTMLTableRowElement, row: Row, groupPath: string): void {
  const cell = line.cells[0] ?? line.appendChild(attributes(make('th'), { scope: 'row' }));
  const shown = JSON.stringify([row.row, row.status, row.runId, row.reason]);
  if (shownIn.get(cell) === shown) return;
  shownIn.set(cell, shown);
  const words = [dot(), wordOf(row.status)];
  const label = `Row ${row.row + 1}, ${wordOf(row.status)}: open`;
  const open = row.runId
    ? make('a', { className: 'status', href: `${groupPath}/runs/${row.runId}` }, ...words)
    : make('button', { className: 'status', type: 'button' }, ...words);
  attributes(open, { 'aria-label': label, tabindex: '-1' });
  const hadFocus = cell.contains(document.activeElement);
  cell.replaceChildren(
    make(
      'div',
      { className: 'cell' },
      open,
      row.reason !== null && make('span', { className: 'reason', title: shortened(row.reason) }, shortened(row.reason)),
    ),
  );
  if (hadFocus) open.focus({ preventScroll: true });
}

function drawValue(cell: HTMLElement, name: string, value: Json | undefined, confidence: Confidence | undefined): void {
  const text = cellText(value);
  const isNumber = typeof value === 'number';
  const shown = `${isNumber}\n${confidence}\n${name}\n${text}`;
  if (shownIn.get(cell) === shown) return;
  shownIn.set(cell, shown);
  cell.dataset.label = name;
  const url = webUrl(text);
  cell.replaceChildren(
    make(
      'div',
      { className: 'cell' },
      make(
        'div',
        { className: isNumber ? 'value number' : 'value' },
        url ? outsideLink(url, shortened(text)) : shortened(text),
      ),
      confidence && confidenceMark(confidence),
    ),
  );
}

export const confidenceMark = (level: Confidence): HTMLElement =>
  attributes(make('span', { className: `confidence ${level}`, title: `${level} confidence` }), {
    role: 'img',
    'aria-label': `${level} confidence`,
  });
