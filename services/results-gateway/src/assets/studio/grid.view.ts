import { attributes, make, oncePerFrame } from '../page/view/dom';
import type { Cell, Ran } from './messages';

/** Pixels; `studio.css` draws them so. */
const rowHeight = 32;
const rowsBeyond = 12;
/** Taller boxes are cut by browsers; 200,000 rows are 6.4 million pixels, and fit. */
const columnWidth = { least: 70, most: 420, perCharacter: 8.1, room: 32 };

export interface GridSource {
  rows(from: number, to: number): Promise<readonly (readonly Cell[])[]>;
  show(column: string, value: Cell): void;
}

/** A table of any length: only what is seen is there. One cell is the current one, for keys and for ears. */
export class GridView {
  private ran: Ran | undefined;
  private current = { row: 0, column: 0 };
  private from = 0;
  private shown: readonly (readonly Cell[])[] = [];
  private widths: number[] = [];
  private turn = 0;
  private readonly head = make('div', { className: 'grid-row grid-head' });
  private readonly body = make('div', { className: 'grid-body' });
  private readonly later = oncePerFrame(() => void this.fill());

  constructor(
    private readonly box: HTMLElement,
    private readonly source: GridSource,
  ) {
    attributes(box, { role: 'grid', tabindex: '0', 'aria-label': 'Rows of the answer' });
    attributes(this.head, { role: 'row' });
    attributes(this.body, { role: 'rowgroup' });
    box.addEventListener('scroll', this.later);
    box.addEventListener('keydown', (event) => this.key(event));
    box.addEventListener('click', (event) => this.click(event));
    new ResizeObserver(this.later).observe(box);
  }

  /** `stay`: the same question was asked again, so the reader stays where he was. */
  async draw(ran: Ran, stay: boolean): Promise<void> {
    this.ran = ran;
    if (!stay) this.current = { row: 0, column: 0 };
    this.widths = widthsOf(ran.columns, ran, await this.source.rows(0, 60));
    attributes(this.box, { 'aria-rowcount': String(ran.rows + 1), 'aria-colcount': String(ran.columns.length) });
    this.head.replaceChildren(
      ...ran.columns.map((name, index) =>
        attributes(make('div', { className: ran.numeric[index] ? 'number' : '', title: name }, name), {
          role: 'columnheader',
          'aria-colindex': String(index + 1),
        }),
      ),
    );
    const template = this.widths.map((width) => `${width}px`).join(' ');
    this.box.style.setProperty('--columns', template);
    this.body.style.height = `${ran.rows * rowHeight}px`;
    this.body.style.width = `${this.widths.reduce((sum, width) => sum + width, 0)}px`;
    this.box.replaceChildren(this.head, this.body);
    if (!stay) this.box.scrollTo(0, 0);
    await this.fill();
  }

  private async fill(): Promise<void> {
    if (!this.ran) return;
    const turn = ++this.turn;
    const from = Math.max(0, Math.floor(this.box.scrollTop / rowHeight) - rowsBeyond);
    const to = Math.min(
      this.ran.rows,
      Math.ceil((this.box.scrollTop + this.box.clientHeight) / rowHeight) + rowsBeyond,
    );
    const rows = await this.source.rows(from, to);
    // Somebody scrolled on meanwhile.
    if (turn !== this.turn) return;
    [this.from, this.shown] = [from, rows];
    this.body.replaceChildren(...rows.map((row, index) => this.row(row, from + index)));
    this.point();
  }

  private row(cells: readonly Cell[], number: number): HTMLElement {
    const row = attributes(make('div', { className: 'grid-row' }), {
      role: 'row',
      'aria-rowindex': String(number + 2),
    });
    row.style.transform = `translateY(${number * rowHeight}px)`;
    for (const [index, value] of cells.entries()) {
      const kinds = [value === null && 'null', (this.ran!.numeric[index] || typeof value === 'number') && 'number'];
      const className = kinds.filter(Boolean).join(' ');
      const cell = make(
        'div',
        { className, id: `cell-${number}-${index}` },
        value === null ? 'null' : shortened(value),
      );
      row.append(attributes(cell, { role: 'gridcell', 'aria-colindex': String(index + 1) }));
    }
    return row;
  }

  private point(): void {
    this.body.querySelector('.current')?.classList.remove('current');
    const { row, column } = this.current;
    const cell = document.getElementById(`cell-${row}-${column}`);
    cell?.classList.add('current');
    attributes(this.box, { 'aria-activedescendant': cell?.id });
  }

  private key(event: KeyboardEvent): void {
    if (!this.ran || this.ran.rows === 0) return;
    const page = Math.max(1, Math.floor(this.box.clientHeight / rowHeight) - 2);
    const far = event.ctrlKey || event.metaKey;
    const moves: Record<string, [rows: number, columns: number]> = {
      ArrowDown: [1, 0],
      ArrowUp: [-1, 0],
      ArrowRight: [0, 1],
      ArrowLeft: [0, -1],
      PageDown: [page, 0],
      PageUp: [-page, 0],
      Home: [far ? -Infinity : 0, -Infinity],
      End: [far ? Infinity : 0, Infinity],
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      this.go(this.current.row + move[0], this.current.column + move[1]);
    } else if (event.key === 'Enter') this.open();
    else if (far && event.key.toLowerCase() === 'c' && getSelection()?.isCollapsed !== false) {
      const value = this.shown[this.current.row - this.from]?.[this.current.column];
      if (value !== undefined) void navigator.clipboard?.writeText(String(value ?? ''));
    }
  }

  private click(event: MouseEvent): void {
    const place = (event.target as HTMLElement).closest('[id^=cell-]')?.id.split('-');
    if (!place || getSelection()?.isCollapsed === false) return;
    const [, row, column] = place.map(Number);
    const isAgain = this.current.row === row && this.current.column === column;
    this.go(row!, column!);
    if (isAgain) this.open();
  }

  private open(): void {
    const value = this.shown[this.current.row - this.from]?.[this.current.column];
    if (value !== undefined) this.source.show(this.ran!.columns[this.current.column]!, value);
  }

  private go(row: number, column: number): void {
    const within = (value: number, end: number) => Math.min(Math.max(value, 0), end - 1);
    this.current = { row: within(row, this.ran!.rows), column: within(column, this.ran!.columns.length) };
    const top = this.current.row * rowHeight;
    const visible = this.box.clientHeight - 2 * rowHeight;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top > this.box.scrollTop + visible) this.box.scrollTop = top - visible;
    const left = this.widths.slice(0, this.current.column).reduce((sum, width) => sum + width, 0);
    const right = left + this.widths[this.current.column]!;
    if (left < this.box.scrollLeft) this.box.scrollLeft = left;
    else if (right > this.box.scrollLeft + this.box.clientWidth) this.box.scrollLeft = right - this.box.clientWidth;
    this.point();
  }
}

/** Characters of a cell that are drawn; the whole of it opens. */
const shortened = (value: string | number): string => {
  const text = String(value).slice(0, 300).replaceAll(/\s+/g, ' ');
  return text;
};

function widthsOf(columns: readonly string[], ran: Ran, rows: readonly (readonly Cell[])[]): number[] {
  const { least, most, perCharacter, room } = columnWidth;
  return columns.map((name, index) => {
    const lengths = rows.map((row) => String(row[index] ?? 'null').length);
    const widest = Math.max(name.length * 1.06, ...lengths);
    return Math.round(Math.min(ran.columns.length === 1 ? 900 : most, Math.max(least, widest * perCharacter + room)));
  });
}
