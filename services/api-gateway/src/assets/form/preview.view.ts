import { byId, make } from './dom';
import { valueIn, type Preview } from './preview.reader';
import { cellText, counted } from './words';

const formats = { csv: 'CSV', tsv: 'TSV', json: 'JSON', ndjson: 'NDJSON' } as const;

/** Columns of the table; the rest is told by their number. */
const mostColumns = 30;

/** The rows as they were understood: how many, which columns, the first of them, and what is wrong. */
export class PreviewView {
  private readonly place = byId('preview');

  hide(): void {
    this.place.hidden = true;
  }

  /** A sentence instead of rows. */
  say(text: string): void {
    this.place.hidden = false;
    this.place.replaceChildren(make('p', { className: 'quiet small' }, text));
  }

  show(preview: Preview, how: 'whole' | 'so far' = 'whole'): void {
    const { rows, columns, count, faults, format, oversized } = preview;
    const shown = columns.slice(0, mostColumns);
    const notes = [
      ...faults.map(({ row, message }) => (row === undefined ? message : rowMessage(row, message))),
      ...(oversized > 0
        ? [`${counted(oversized, 'row')} will be rejected: larger than what Parallel takes for one run.`]
        : []),
    ];
    this.place.hidden = false;
    this.place.replaceChildren(
      make(
        'div',
        { className: 'preview-head' },
        make('b', {}, `${counted(count, 'row')}${how === 'whole' ? '' : ' so far'}`),
        columns.length > 0 && make('span', { className: 'quiet' }, counted(columns.length, 'column')),
        format && make('span', { className: 'quiet' }, formats[format]),
        count > rows.length &&
          rows.length > 0 &&
          make('span', { className: 'quiet' }, `the first ${rows.length} below`),
      ),
      ...(shown.length > 0 && rows.length > 0 ? [table(preview, shown)] : []),
      ...(notes.length > 0 ? [make('ul', { className: 'faults' }, ...notes.map((note) => make('li', {}, note)))] : []),
    );
  }
}

function table({ rows, faults }: Preview, columns: readonly string[]): HTMLElement {
  const wrong = new Set(faults.map(({ row }) => row));
  const head = make('tr', {}, make('th', { scope: 'col' }, make('span', { className: 'heard' }, 'Row')));
  head.append(...columns.map((name) => make('th', { scope: 'col' }, name)));
  const lines = rows.map((row, i) =>
    make(
      'tr',
      { className: wrong.has(i) ? 'wrong' : '' },
      make('th', { scope: 'row' }, String(i + 1)),
      ...columns.map((name) => make('td', {}, make('span', { className: 'cell' }, cellText(valueIn(row, name))))),
    ),
  );
  const box = make('div', { className: 'scroller', tabIndex: 0, role: 'region', ariaLabel: 'The first rows' });
  box.append(make('table', {}, make('thead', {}, head), make('tbody', {}, ...lines)));
  return box;
}

/** People count rows from 1; the API from 0. */
function rowMessage(row: number, message: string): string {
  const name = `inputs[${row}] `;
  const fault = message.startsWith(name) ? message.slice(name.length) : message;
  return `Row ${row + 1} ${fault.replace(/\.?$/, '.')}`;
}
