import type { Json, Row } from './row';
import { cellText } from './text';

/** What a reader wants to see, and in which order. */
export interface Wish {
  readonly search: string;
  readonly status: string | null;
  /** `$status` for the first column. */
  readonly sort: { readonly column: string; readonly descending: boolean } | null;
}

export const noWish: Wish = { search: '', status: null, sort: null };

export const isPlainWish = ({ search, status, sort }: Wish): boolean =>
  search.trim() === '' && status === null && sort === null;

/** Rows are replaced, never changed: what is searched in one is made once. */
const searchTexts = new WeakMap<Row, string>();

function searchText(row: Row): string {
  let text = searchTexts.get(row);
  if (text === undefined) {
    const values = Object.entries(row.result).map(([name, value]) => (name === '$id' ? '' : cellText(value)));
    text = [...values, row.reason ?? ''].join('\n').toLowerCase();
    searchTexts.set(row, text);
  }
  return text;
}

/** Numbers of the rows that are wanted, in the wanted order. Rows that are not here yet are not among them. */
export function orderRows(at: (row: number) => Row | undefined, count: number, wish: Wish): number[] {
  const words = wish.search.toLowerCase().split(/\s+/).filter(Boolean);
  const found: number[] = [];
  for (let number = 0; number < count; number++) {
    const row = at(number);
    if (!row || (wish.status !== null && row.status !== wish.status)) continue;
    if (words.length > 0 && !words.every((word) => searchText(row).includes(word))) continue;
    found.push(number);
  }
  return wish.sort ? sorted(found, at, wish.sort) : found;
}

export const statusOrder = [
  'completed',
  'failed',
  'rejected',
  'action_required',
  'cancelled',
  'cancelling',
  'running',
  'queued',
];

type Key = number | string | undefined;

function sorted(rows: number[], at: (row: number) => Row | undefined, sort: NonNullable<Wish['sort']>): number[] {
  const { column, descending } = sort;
  const keys = new Map<number, Key>();
  for (const number of rows) {
    const row = at(number)!;
    const value = column === '$status' ? undefined : Object.hasOwn(row.result, column) ? row.result[column] : undefined;
    keys.set(number, column === '$status' ? statusOrder.indexOf(row.status) : keyOf(value));
  }
  const direction = descending ? -1 : 1;
  return rows.sort((a, b) => compare(keys.get(a), keys.get(b), direction) || a - b);
}

/** Numbers before words, also those that came as text; nothing at all comes last in either direction. */
function keyOf(value: Json | undefined): Key {
  if (typeof value === 'number') return value;
  const text = cellText(value).trim();
  if (text === '') return undefined;
  const number = Number(text.replaceAll(',', ''));
  return Number.isFinite(number) ? number : text.toLowerCase();
}

function compare(a: Key, b: Key, direction: 1 | -1): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  if (typeof a !== typeof b) return typeof a === 'number' ? -direction : direction;
  return a < b ? -direction : direction;
}
