import type { Cell, ChartAsked, Charted, Ran } from './messages';

/** Rows of an answer that are kept: more than anybody reads, and what a phone has memory for. */
export const keptRows = 200_000;

/** The answer of the last statement that had one. */
export class KeptResult {
  readonly columns: readonly string[];
  readonly rows: (readonly Cell[])[] = [];
  isCut = false;

  constructor(columns: readonly string[] = []) {
    this.columns = columns;
  }

  /** False when no more are kept. */
  add(row: readonly Cell[]): boolean {
    this.isCut = this.rows.length >= keptRows;
    if (!this.isCut) this.rows.push(row);
    return !this.isCut;
  }

  told(ms: number, changed: number): Ran {
    const numeric = this.columns.map(
      (_, index) =>
        this.rows.some((row) => typeof row[index] === 'number') &&
        this.rows.every((row) => row[index] === null || typeof row[index] === 'number'),
    );
    return { columns: this.columns, rows: this.rows.length, isCut: this.isCut, ms, changed, numeric };
  }

  /** One point a label, in the order they come; values of the same label are summed. */
  chart({ label, value, limit }: ChartAsked): Charted {
    const sums = new Map<string, number>();
    for (const row of this.rows) {
      const name = row[label] === null ? '(null)' : String(row[label]);
      const amount = value === undefined ? 1 : Number(row[value] ?? 0);
      sums.set(name, (sums.get(name) ?? 0) + (Number.isFinite(amount) ? amount : 0));
    }
    const points = [...sums].slice(0, limit).map(([name, amount]) => ({ label: name, value: amount }));
    return { points, left: sums.size - points.length };
  }

  write(format: 'csv' | 'json'): string {
    if (format === 'csv')
      return [this.columns, ...this.rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
    const names = distinct(this.columns);
    const objects = this.rows.map((row) => JSON.stringify(Object.fromEntries(names.map((name, i) => [name, row[i]]))));
    return `[${objects.join(',\n')}]\n`;
  }
}

/** Two columns of an answer may have one name; an object may not have both. */
function distinct(columns: readonly string[]): string[] {
  const taken = new Set<string>();
  return columns.map((column) => {
    let name = column;
    for (let number = 2; taken.has(name); number++) name = `${column} ${number}`;
    taken.add(name);
    return name;
  });
}

/** As in the `.csv` of a group: what begins like a formula gets an apostrophe. */
function csvCell(value: Cell): string {
  const text =
    value === null
      ? ''
      : typeof value === 'string'
        ? value.replace(/^(?='*[=+\-@\t\r\n＝＋－＠])/, "'")
        : String(value);
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
