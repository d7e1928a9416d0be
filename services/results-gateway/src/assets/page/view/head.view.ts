import { narrowest, type Column, type Columns } from '../data/columns';
import type { Wish } from '../data/row.order';
import { attributes, make } from './dom';

export interface HeadListener {
  sort(column: string): void;
  resized(): void;
}

/** A column is wide enough for what is in it when the page begins; more than this is for the panel. */
const widestAtFirst = 340;
/** What the browser measured is rounded, and longer values may still come. */
const slack = 10;
/** Room for the sign of the order beside a short name. */
const leastAtFirst = 96;
const step = 24;

/** The heads of the columns: a click sorts, the edge is dragged, and Alt with an arrow key does the same. */
export class HeadView {
  private readonly widths = make('colgroup');
  private sort: Wish['sort'] = null;

  constructor(
    private readonly table: HTMLTableElement,
    private readonly columns: Columns,
    private readonly listener: HeadListener,
  ) {
    if (!columns.recall()) this.measure();
    table.prepend(this.widths);
    table.classList.add('fixed');
  }

  /** As wide as what is in them, and wider where there is room, so that little moves when the script takes over. */
  private measure(): void {
    const { table, columns } = this;
    const room = table.parentElement!.clientWidth;
    table.classList.add('natural');
    const heads = [...table.tHead!.rows[0]!.cells].map((cell) => cell.getBoundingClientRect().width);
    table.classList.remove('natural');
    // On a phone the heads are out of sight and say nothing of widths.
    if (heads[0]! < narrowest) return;
    columns.statusWidth = within(heads[0]!, 150, 230);
    const widths = columns.all.map((_, i) => within((heads[i + 1] ?? 0) + slack, leastAtFirst, widestAtFirst));
    const sum = widths.reduce((total, width) => total + width, 1);
    const stretch = within((room - columns.statusWidth) / sum, 1, 1.6);
    for (const [i, column] of columns.all.entries()) column.width = Math.floor(widths[i]! * stretch);
  }

  draw(sort: Wish['sort'] = this.sort): void {
    this.sort = sort;
    const { shown } = this.columns;
    const row = this.table.tHead!.rows[0]!;
    const focused = [...row.cells].findIndex((cell) => cell.contains(document.activeElement));
    row.replaceChildren(
      this.head('Status', '$status', undefined),
      ...shown.map((column) => this.head(column.name, column.name, column)),
    );
    row.querySelector('button')?.setAttribute('tabindex', '0');
    if (focused >= 0) this.focus(focused);
    this.layOut();
  }

  private layOut(): void {
    const { shown, statusWidth } = this.columns;
    const widths = [statusWidth, ...shown.map(({ width }) => width)];
    this.widths.replaceChildren(
      ...widths.map((width) => {
        const col = make('col');
        col.style.width = `${width}px`;
        return col;
      }),
      make('col'),
    );
    this.table.style.minWidth = `${widths.reduce((sum, width) => sum + width, 0)}px`;
  }

  private head(label: string, name: string, column: Column | undefined): HTMLTableCellElement {
    const direction = this.sort?.column === name ? (this.sort.descending ? 'descending' : 'ascending') : undefined;
    const button = make(
      'button',
      { type: 'button', className: 'sort', title: label, onclick: () => this.listener.sort(name) },
      make('span', { className: 'name' }, label),
    );
    attributes(button, { tabindex: '-1', 'aria-keyshortcuts': 'Alt+ArrowLeft Alt+ArrowRight' });
    button.addEventListener('keydown', (event) => this.key(event, column));
    const head = attributes(make('th', {}, button), { scope: 'col', 'aria-sort': direction });
    if (column) head.append(this.edge(column));
    return head;
  }

  private key(event: KeyboardEvent, column: Column | undefined): void {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.altKey && column) return this.resize(column, column.width + by * step, true);
    const cells = [...this.table.tHead!.rows[0]!.cells];
    this.focus(cells.findIndex((cell) => cell.contains(event.target as Node)) + by);
  }

  private focus(index: number): void {
    const cells = this.table.tHead!.rows[0]!.cells;
    const button = cells[Math.min(Math.max(index, 0), cells.length - 1)]!.querySelector('button')!;
    for (const other of this.table.tHead!.querySelectorAll('button')) other.tabIndex = -1;
    button.tabIndex = 0;
    button.focus();
  }

  private edge(column: Column): HTMLElement {
    const edge = attributes(make('span', { className: 'edge' }), { 'aria-hidden': 'true' });
    edge.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      edge.setPointerCapture(event.pointerId);
      const from = event.clientX - column.width;
      edge.onpointermove = (move) => this.resize(column, move.clientX - from, false);
      edge.onpointerup = edge.onpointercancel = () => {
        edge.onpointermove = null;
        this.resize(column, column.width, true);
      };
    });
    return edge;
  }

  private resize(column: Column, width: number, done: boolean): void {
    column.width = Math.min(Math.max(width, narrowest), 1_200);
    this.layOut();
    if (!done) return;
    this.columns.keep();
    this.listener.resized();
  }
}

const within = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);
