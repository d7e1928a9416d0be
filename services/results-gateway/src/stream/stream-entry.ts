import { encodeFrame, formatEventId, type Frame, type StreamPosition } from '@multitask/result-formats';
import type { FrameSlab } from './frame.slab';

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
export function entriesOf(
  frames: readonly Frame[],
  { incarnation, seq }: StreamPosition,
  slab: FrameSlab,
): StreamEntry[] {
  const entries: StreamEntry[] = [];
  let pieces: Piece[] = [];
  let size = 0;
  frames.forEach((frame, index) => {
    const last = index === frames.length - 1;
    const text = encodeFrame(frame, last ? formatEventId({ incarnation, seq }) : null);
    const length = Buffer.byteLength(text);
    pieces.push({ text, length, row: frame.row });
    size += length;
    if (size < entryBytes && !last) return;
    entries.push(written(seq, pieces, slab.take(size)));
    pieces = [];
    size = 0;
  });
  return entries;
}

interface Piece {
  readonly text: string;
  /** Bytes. */
  readonly length: number;
  readonly row: number | undefined;
}

function written(seq: number, pieces: readonly Piece[], bytes: Buffer): StreamEntry {
  const rows: { row: number; bytes: Buffer }[] = [];
  let start = 0;
  for (const { text, length, row } of pieces) {
    bytes.write(text, start);
    if (row !== undefined) rows.push({ row, bytes: bytes.subarray(start, start + length) });
    start += length;
  }
  return { seq, bytes, frames: pieces.length, rows };
}
