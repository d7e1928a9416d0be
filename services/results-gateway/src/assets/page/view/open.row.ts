import type { RowStore } from '../data/row.store';
import { atMostEvery } from './dom';
import type { PanelView } from './panel.view';
import type { RowKeys } from './row.keys';
import type { RowsView } from './rows.view';

/** The row beside the table: opened by click, key or address, kept up to date, and stepped from. */
export class OpenRow {
  private place = 0;

  constructor(
    private readonly store: RowStore,
    private readonly rows: RowsView,
    private readonly panel: PanelView,
    private readonly keys: RowKeys,
  ) {}

  /** `focus`: the reader is taken to it. */
  at(place: number, focus: boolean): void {
    const row = this.store.at(this.rows.rowAt(place) ?? -1);
    if (!row) return;
    this.place = this.keys.active = place;
    this.panel.open(row, this.edges(place), focus);
    this.rows.reveal(place);
    history.replaceState(null, '', `#row-${row.row + 1}`);
  }

  step(by: 1 | -1): void {
    this.at(this.rows.placeOf(this.panel.openRow ?? -1) + by, false);
  }

  /** Its row changed. */
  readonly refresh = atMostEvery(200, () => {
    const row = this.store.at(this.panel.openRow ?? -1);
    if (row) this.panel.open(row, this.edges(this.rows.placeOf(row.row)), false);
  });

  closed(): void {
    history.replaceState(null, '', location.pathname + location.search);
    // The browser has put the reader back on the line from which the panel was opened first.
    this.keys.active = this.place;
    this.rows.draw();
    this.keys.focus();
  }

  /** `#row-12` is the row that was open when the address was copied. */
  fromAddress(): void {
    const number = Number(/^#row-(\d{1,6})$/.exec(location.hash)?.[1] ?? 0) - 1;
    const place = number < 0 ? -1 : this.rows.placeOf(number);
    if (place < 0) return;
    this.rows.reveal(place);
    const open = () => (this.store.at(number) ? this.at(place, false) : void setTimeout(open, 100));
    open();
  }

  private edges(place: number): { isFirst: boolean; isLast: boolean } {
    return { isFirst: place <= 0, isLast: place < 0 || place === this.rows.total - 1 };
  }
}
