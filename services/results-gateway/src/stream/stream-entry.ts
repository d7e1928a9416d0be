import { encodeFrame, formatEventId, type Frame } from '@multitask/result-formats';

/** Some frames of one event, serialised once for all readers. */
export interface StreamEntry {
  /** Sequence of the event in the log. */
  readonly seq: number;
  readonly bytes: Buffer;
  readonly frames: number;
  /** The frames that are about one row, for readers of a single run. */
  readonly rows: readonly { readonly row: number; readonly bytes: Buffer }[];
}

/** One event may bring a thousand frames; a reader takes them in pieces of this size. */
const entryBytes = 64 * 1024;

/** Only the very last frame of an event has its id: who was cut before it gets the whole event again. */
export function entriesOf(frames: readonly Frame[], incarnation: string, seq: number): StreamEntry[] {
  const entries: StreamEntry[] = [];
  let pieces: { bytes: Buffer; row: number | undefined }[] = [];
  let size = 0;
  frames.forEach((frame, index) => {
    const last = index === frames.length - 1;
    const bytes = Buffer.from(encodeFrame(frame, last ? formatEventId({ incarnation, seq }) : null));
    pieces.push({ bytes, row: frame.row });
    size += bytes.length;
    if (size < entryBytes && !last) return;
    entries.push(joined(seq, pieces));
    pieces = [];
    size = 0;
  });
  return entries;
}

function joined(seq: number, pieces: readonly { bytes: Buffer; row: number | undefined }[]): StreamEntry {
  const bytes = Buffer.concat(pieces.map((piece) => piece.bytes));
  const rows: { row: number; bytes: Buffer }[] = [];
  let start = 0;
  for (const piece of pieces) {
    const end = start + piece.bytes.length;
    if (piece.row !== undefined) rows.push({ row: piece.row, bytes: bytes.subarray(start, end) });
    start = end;
  }
  return { seq, bytes, frames: pieces.length, rows };
}
