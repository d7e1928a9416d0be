import type { Answer } from './answer';
import { rowsOfAnswer } from './row';
import type { RowStore } from './row.store';

/** Rows of one request: about 1 MB of JSON, a tenth of it on the wire. */
const pageRows = 500;
const patienceMs = 2_000;

/** Fetches rows when they are looked at, and all of them when something needs all. */
export class RowLoader {
  private readonly waiting = new Set<number>();
  private running = false;
  private wantsAll = false;

  constructor(
    private readonly store: RowStore,
    private readonly groupPath: string,
    private readonly loaded: () => void,
    private readonly fetchPage: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  /** Sees to it that these rows come, soon. */
  want(from: number, to: number): void {
    const absent = this.store.firstAbsent(from, to);
    if (absent === undefined) return;
    this.waiting.clear();
    this.waiting.add(pageOf(absent));
    const last = this.store.firstAbsent(Math.max(absent, to - 1), to);
    if (last !== undefined) this.waiting.add(pageOf(last));
    void this.run();
  }

  all(): void {
    this.wantsAll = true;
    void this.run();
  }

  private next(): number | undefined {
    for (const page of this.waiting) {
      this.waiting.delete(page);
      if (this.store.firstAbsent(page, page + pageRows) !== undefined) return page;
    }
    const absent = this.wantsAll ? this.store.firstAbsent(0, this.store.count) : undefined;
    return absent === undefined ? undefined : pageOf(absent);
  }

  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    for (let from = this.next(); from !== undefined; from = this.next()) {
      const isIn = await this.load(from).catch(() => false);
      // What could not be fetched is asked for again by whoever still looks at it.
      if (!isIn) await new Promise((resolve) => setTimeout(resolve, patienceMs));
      this.loaded();
    }
    this.wantsAll = false;
    this.running = false;
  }

  /** The page and its server are of one release: it may know that a cursor is the number of a row. */
  private async load(from: number): Promise<boolean> {
    const answer = await this.fetchPage(`${this.groupPath}.json?basis=none&limit=${pageRows}&cursor=r${from}`);
    if (!answer.ok) return false;
    const rows = rowsOfAnswer((await answer.json()) as Answer);
    for (const row of rows) this.store.put(row);
    return rows.length > 0;
  }
}

const pageOf = (row: number): number => row - (row % pageRows);
