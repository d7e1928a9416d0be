import { isNewer, type Row } from './row';

/** The rows this page knows of, by their numbers; those that were not fetched yet are absent. */
export class RowStore {
  private readonly rows: (Row | undefined)[] = [];
  private present = 0;
  /** Grows with every change. */
  version = 0;

  constructor(
    /** How many rows the group has. */
    public count: number,
    private readonly changed: (row: Row, before: Row | undefined) => void,
  ) {}

  /** Whether every row is here. */
  get isWhole(): boolean {
    return this.present >= this.count;
  }

  get size(): number {
    return this.present;
  }

  at(number: number): Row | undefined {
    return this.rows[number];
  }

  /** Takes the newest there is of a row, whichever way it came. */
  put(row: Row): void {
    const before = this.rows[row.row];
    if (before && !isNewer(row, before)) return;
    if (!before) this.present++;
    this.rows[row.row] = row;
    this.count = Math.max(this.count, row.row + 1);
    this.version++;
    this.changed(row, before);
  }

  /** Everything that was known is in doubt: a snapshot of `count` rows follows. */
  forget(count: number): void {
    this.rows.length = 0;
    this.present = 0;
    this.count = count;
    this.version++;
  }

  /** Rows of a group only grow in number. */
  grow(count: number): void {
    if (count <= this.count) return;
    this.count = count;
    this.version++;
  }

  /** The first row of `[from, to)` that is absent, or undefined. */
  firstAbsent(from: number, to: number): number | undefined {
    for (let row = from; row < Math.min(to, this.count); row++) if (!this.rows[row]) return row;
    return undefined;
  }
}
