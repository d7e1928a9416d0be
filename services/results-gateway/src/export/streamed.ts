import { pieceLength, type Document } from '@multitask/result-formats';
import type { RowView } from '@multitask/task-group';

/** Characters of the first piece of rows: it is on its way before there are more. */
const firstLength = 2_048;

/**
 * A document of rows that come one by one. `start` is its beginning, which is known before all of it is: it goes out at once, so
 * that whoever waits sees that something comes.
 */
export async function* streamed(
  start: string,
  document: () => Promise<Document>,
  rows: () => AsyncIterable<readonly RowView[]>,
): AsyncGenerator<string> {
  if (start !== '') yield start;
  let piece = '';
  let told = start.length;
  let enough = firstLength;
  for (const { before, row, after } of await document()) {
    piece += before.slice(told);
    told = 0;
    let index = 0;
    for await (const some of rows())
      for (const each of some) {
        piece += row(each, index++);
        if (piece.length < enough) continue;
        yield piece;
        piece = '';
        enough = pieceLength;
      }
    piece += after;
  }
  if (piece !== '') yield piece;
}
