import { formatEventId, snapshotFrames } from '@multitask/result-formats';
import type { FoundGroup } from '../group/group.source';

/** Characters of a snapshot written at once. */
const pieceLength = 64 * 1024;

/** Snapshots up to this many rows are serialised once for all readers that share them; larger ones would only fill memory. */
const sharedRows = 1_000;

const shared = new WeakMap<FoundGroup, readonly Buffer[]>();

/** A snapshot on the wire, in pieces of whole frames. */
export function snapshotPieces(found: FoundGroup): Iterable<Buffer> {
  if (found.view.rowCount > sharedRows) return pieces(found);
  const known = shared.get(found) ?? [...pieces(found)];
  shared.set(found, known);
  return known;
}

function* pieces({ view, incarnation }: FoundGroup): Generator<Buffer> {
  let piece = '';
  for (const frame of snapshotFrames(view, formatEventId({ incarnation, seq: view.seq }))) {
    piece += frame;
    if (piece.length < pieceLength) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  if (piece !== '') yield Buffer.from(piece);
}
