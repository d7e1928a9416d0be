import { isPlainWish, noWish, orderRows, type Wish } from '../data/row.order';
import type { RowLoader } from '../data/row.loader';
import type { RowStore } from '../data/row.store';
import { counted } from '../data/text';
import { byId } from './dom';
import type { RowsView } from './rows.view';

/** New rows find their place in a chosen order this soon. */
const settleMs = 300;

/** Which rows are seen and in which order, as the reader wished: and kept so while rows change. */
export class RowChoice {
  wish: Wish = noWish;
  private orderedVersion = -1;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly store: RowStore,
    private readonly rows: RowsView,
    private readonly loader: RowLoader,
    /** Of a part of a group: those rows and no others. */
    private readonly numbersBelow: number | undefined,
    private readonly changed: (wish: Wish) => void,
  ) {}

  change(change: Partial<Wish>): void {
    this.wish = { ...this.wish, ...change };
    this.orderedVersion = -1;
    if (!this.isPlain && !this.isPart) this.loader.all();
    byId('table').scrollTop = 0;
    this.order();
    this.changed(this.wish);
  }

  /** Up, down, as entered. */
  sortBy(column: string): void {
    const { sort } = this.wish;
    if (sort?.column !== column) return this.change({ sort: { column, descending: false } });
    this.change({ sort: sort.descending ? null : { column, descending: true } });
  }

  /** Rows changed. Anew no more often than a tenth of the time goes into it. */
  soon(): void {
    if (this.isPlain && !this.isPart) return;
    this.timer ??= setTimeout(() => {
      const began = performance.now();
      this.order();
      this.timer = setTimeout(
        () => {
          this.timer = undefined;
          if (this.orderedVersion !== this.store.version) this.soon();
        },
        (performance.now() - began) * 10,
      );
    }, settleMs);
  }

  order(): void {
    if (this.orderedVersion === this.store.version) return;
    this.orderedVersion = this.store.version;
    const isWhole = this.isPlain && !this.isPart;
    const order = isWhole
      ? null
      : orderRows((row) => this.store.at(row), this.numbersBelow ?? this.store.count, this.wish);
    this.rows.show(order);
    this.drawShown(order);
  }

  /** How many of all are seen, and whether all have been looked at. */
  private drawShown(order: readonly number[] | null): void {
    const total = this.store.count;
    const isFiltered = order !== null && (this.wish.search.trim() !== '' || this.wish.status !== null);
    const isLooking = order !== null && !this.isPart && !this.store.isWhole;
    const found = isFiltered ? `${order.length.toLocaleString('en')} of ${counted(total, 'row')}` : '';
    const looked = isLooking
      ? `looked through ${this.store.size.toLocaleString('en')} of ${counted(total, 'row')}…`
      : '';
    byId('shown').textContent = [found, looked].filter(Boolean).join(' · ');
    const none = byId('none');
    none.hidden = this.rows.total > 0 || isLooking;
    if (total > 0) none.textContent = 'No row matches.';
    byId('table').hidden = !none.hidden;
  }

  private get isPlain(): boolean {
    return isPlainWish(this.wish);
  }

  private get isPart(): boolean {
    return this.numbersBelow !== undefined;
  }
}
