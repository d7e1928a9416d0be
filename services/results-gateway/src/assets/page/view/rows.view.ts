import type { Columns } from '../data/columns';
import type { Row } from '../data/row';
import type { RowStore } from '../data/row.store';
import { drawAbsent, drawRow } from './cells.view';
import { attributes, make, oncePerFrame } from './dom';

/** Lines drawn beyond each edge, so that a short scroll finds them there. */
const beyond = 8;

export interface RowsListener {
  /** These rows are looked at and not here. */
  wanted(from: number, to: number): void;
  /** A row in sight whose output has to be fetched. */
  large(row: Row): void;
  /** Whether this row is the one beside the table. */
  isOpen(row: number): boolean;
  /** The place of the line that can be reached with Tab. */
  activePlace(): number;
}

interface Drawn {
  readonly row: Row | undefined;
  readonly number: number;
  readonly columns: number;
}

/**
 * Draws the rows that are in sight and no others, however many there are: all lines have one height, so a place in the list is a
 * place on the page. Scrolls in its own box where the page gives it one, and with the page on a phone.
 */
export class RowsView {
  private readonly lines = new Map<number, HTMLTableRowElement>();
  private readonly drawn = new WeakMap<HTMLTableRowElement, Drawn>();
  private readonly spare: HTMLTableRowElement[] = [];
  private readonly above = gap();
  private readonly below = gap();
  private order: readonly number[] | null = null;
  private height = 0;
  private columnsVersion = 0;
  private still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  /** Asks for a drawing with the next frame. */
  readonly draw = oncePerFrame(() => this.drawNow());

  constructor(
    private readonly box: HTMLElement,
    private readonly body: HTMLTableSectionElement,
    private readonly store: RowStore,
    private readonly columns: Columns,
    private readonly groupPath: string,
    private readonly listener: RowsListener,
  ) {
    for (const [place, line] of [...body.rows].entries()) this.lines.set(place, line);
    body.prepend(this.above);
    body.append(this.below);
    document.addEventListener('scroll', this.draw, { capture: true, passive: true });
    new ResizeObserver(() => this.remeasure()).observe(box);
  }

  get total(): number {
    return this.order ? this.order.length : this.store.count;
  }

  rowAt(place: number): number | undefined {
    return place < 0 || place >= this.total ? undefined : this.order ? this.order[place] : place;
  }

  placeOf(row: number): number {
    return this.order ? this.order.indexOf(row) : row < this.store.count ? row : -1;
  }

  /** Null: all rows in input order. */
  show(order: readonly number[] | null): void {
    this.order = order;
    this.draw();
  }

  columnsChanged(): void {
    this.columnsVersion++;
    this.draw();
  }

  lineAt(place: number): HTMLTableRowElement | undefined {
    return this.lines.get(place);
  }

  /** Lines that fit, for a page up or down. */
  get inSight(): number {
    const { top, bottom } = this.clip();
    return Math.max(1, Math.floor((bottom - top) / this.lineHeight()));
  }

  /** Scrolls as little as brings the line of a place into sight, and draws it. */
  reveal(place: number): void {
    const { top, bottom } = this.clip();
    const at = this.body.getBoundingClientRect().top + place * this.lineHeight();
    const by = at < top ? at - top : at + this.lineHeight() > bottom ? at + this.lineHeight() - bottom : 0;
    if (by !== 0) this.scrollBy(by);
    this.drawNow();
  }

  private scrollBy(by: number): void {
    if (this.box.scrollHeight > this.box.clientHeight + 1) this.box.scrollTop += by;
    else window.scrollBy({ top: by, behavior: 'instant' });
  }

  /** The part of the window in which lines can be seen. */
  private clip(): { top: number; bottom: number } {
    const { top, bottom } = this.box.getBoundingClientRect();
    const head = this.body.parentElement!.querySelector('thead')!.getBoundingClientRect().height;
    return { top: Math.max(top + (head > 8 ? head : 0), 0), bottom: Math.min(bottom, innerHeight) };
  }

  private remeasure(): void {
    this.height = 0;
    this.draw();
  }

  private lineHeight(): number {
    if (this.height > 0) return this.height;
    const line = this.lines.values().next().value;
    return (this.height = line?.getBoundingClientRect().height || 60);
  }

  private drawNow(): void {
    const height = this.lineHeight();
    const { top, bottom } = this.clip();
    const start = this.body.getBoundingClientRect().top;
    const within = (place: number) => Math.min(Math.max(place, 0), this.total);
    const first = within(Math.floor((top - start) / height) - beyond);
    const last = Math.max(first, within(Math.ceil((bottom - start) / height) + beyond));
    this.letGo(first, last);
    size(this.above, first * height);
    size(this.below, (this.total - last) * height);
    let next = this.above.nextSibling!;
    for (let place = first; place < last; place++) {
      const line = this.lineFor(place);
      if (line === next) next = next.nextSibling!;
      else this.body.insertBefore(line, next);
    }
    if (this.height === 0 || this.spare.length > 200) this.spare.length = 0;
    if (!this.order && this.store.firstAbsent(first, last) !== undefined) this.listener.wanted(first, last);
  }

  private letGo(first: number, last: number): void {
    for (const [place, line] of this.lines) {
      if (place >= first && place < last) continue;
      // Arrow keys go on working for whoever scrolls away from the line they were on.
      if (line.contains(document.activeElement)) this.box.focus({ preventScroll: true });
      line.remove();
      this.lines.delete(place);
      this.spare.push(line);
    }
  }

  private lineFor(place: number): HTMLTableRowElement {
    let line = this.lines.get(place);
    if (!line) this.lines.set(place, (line = this.spare.pop() ?? make('tr')));
    const number = this.rowAt(place)!;
    const row = this.store.at(number);
    const before = this.drawn.get(line);
    if (!before || before.row !== row || before.number !== number || before.columns !== this.columnsVersion)
      this.fill(line, number, row, before);
    attributes(line, {
      'data-row': String(number),
      'aria-rowindex': String(place + 2),
      'aria-current': this.listener.isOpen(number) ? 'true' : undefined,
    });
    line.querySelector('.status')?.setAttribute('tabindex', place === this.listener.activePlace() ? '0' : '-1');
    if (row?.outputUrl) this.listener.large(row);
    return line;
  }

  private fill(line: HTMLTableRowElement, number: number, row: Row | undefined, before: Drawn | undefined): void {
    const columns = this.columns.shown;
    if (row) drawRow(line, row, columns, this.groupPath);
    else drawAbsent(line, columns);
    this.drawn.set(line, { row, number, columns: this.columnsVersion });
    if (row && before?.row && before.number === number && before.row.status !== row.status) this.flash(line);
  }

  private flash(line: HTMLTableRowElement): void {
    if (this.still || line.getAnimations().length > 0) return;
    line.animate([{ backgroundColor: 'var(--fresh)' }, {}], { duration: 1_600, easing: 'ease-out' });
  }
}

const gap = (): HTMLTableRowElement =>
  attributes(make('tr', { className: 'gap', hidden: true }, make('td')), { 'aria-hidden': 'true' });

function size(line: HTMLTableRowElement, height: number): void {
  line.hidden = height <= 0;
  line.style.height = `${height}px`;
}
