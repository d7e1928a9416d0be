/** A value of SQLite as a page can show it: integers beyond 2^53 are texts, blobs are `x'…'`. */
export type Cell = string | number | null;

export interface ColumnOfTable {
  readonly name: string;
  readonly type: string;
}

export interface TableOfFile {
  readonly name: string;
  readonly kind: 'table' | 'view';
  /** Null for a view, which would have to be run. */
  readonly rows: number | null;
  readonly columns: readonly ColumnOfTable[];
}

export interface Opened {
  readonly tables: readonly TableOfFile[];
  readonly details: Readonly<Record<string, Cell>>;
}

export interface Ran {
  readonly columns: readonly string[];
  readonly rows: number;
  /** Whether there were more rows than are kept. */
  readonly isCut: boolean;
  readonly ms: number;
  /** Rows that statements without an answer changed, in this copy alone. */
  readonly changed: number;
  /** For each column: whether it holds numbers and nothing else. */
  readonly numeric: readonly boolean[];
}

export interface Point {
  readonly label: string;
  readonly value: number;
}

export interface ChartAsked {
  readonly label: number;
  /** Undefined: how many rows. */
  readonly value: number | undefined;
  readonly limit: number;
}

export interface Charted {
  readonly points: readonly Point[];
  /** Points beyond the limit, not among them. */
  readonly left: number;
}

export interface Questions {
  open: { readonly ask: { readonly file: ArrayBuffer }; readonly answer: Opened };
  run: { readonly ask: { readonly sql: string }; readonly answer: Ran };
  rows: { readonly ask: { readonly from: number; readonly to: number }; readonly answer: readonly (readonly Cell[])[] };
  chart: { readonly ask: ChartAsked; readonly answer: Charted };
  write: { readonly ask: { readonly format: 'csv' | 'json' }; readonly answer: string };
}

export type Question = keyof Questions;

export interface Asked {
  readonly id: number;
  readonly question: Question;
  readonly ask: Questions[Question]['ask'];
}

export type Answered =
  { readonly id: number; readonly answer: unknown } | { readonly id: number; readonly failure: string };
