import type { RowView } from '@multitask/task-group';
import type { ResultPage } from '../query/result-page';

/** One pass over the rows: what stands before them, each of them, and what stands after. */
export interface Pass {
  readonly before: string;
  readonly row: (row: RowView, index: number) => string;
  readonly after: string;
}

/** A page whose rows come one by one: 100,000 of them never stand in memory. */
export type PageHead = Omit<ResultPage, 'rows'>;

/** A format that is written row by row, in one pass or several over the same rows. */
export type Document = readonly Pass[];

/** Characters in one piece of a long answer: big enough to be worth a write, small enough to keep memory flat. */
export const pieceLength = 65_536;

/** A document of rows that are all there, in pieces. */
export function* written(document: Document, rows: readonly RowView[]): Generator<string> {
  let piece = '';
  for (const { before, row, after } of document) {
    piece += before;
    for (const [index, each] of rows.entries()) {
      piece += row(each, index);
      if (piece.length < pieceLength) continue;
      yield piece;
      piece = '';
    }
    piece += after;
  }
  if (piece !== '') yield piece;
}
