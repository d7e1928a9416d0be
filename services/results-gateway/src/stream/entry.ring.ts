import { adjoins, spanOf } from './frame.slab';
import type { StreamEntry } from './stream-entry';

/** Entries that follow one another, in one buffer. */
export interface Piece {
  readonly bytes: Buffer;
  readonly frames: number;
  /** The place behind them. */
  readonly next: number;
}

/** As much as one entry may have: a reader that takes nothing is given no more than before. */
const pieceBytes = 64 * 1024;

/**
 * The latest entries of one group, oldest first. Places are counted from the first entry ever pushed, so a reader's place
 * stays right while old entries are let go.
 */
export class EntryRing {
  private slots: (StreamEntry | undefined)[] = [];
  /** Place of `slots[0]`. */
  private base = 0;
  /** Place of the oldest entry kept. */
  private oldest = 0;
  private keptBytes = 0;
  private bytesEver = 0;
  private joined: { readonly from: number; readonly end: number; readonly piece: Piece } | undefined;

  /**
   * @param complete every event of the group after this sequence is here or to come
   * @param maxBytes how much is kept for readers that come back; the newest event is always kept
   * @param onLetGo is given what is kept no longer, in order, all entries of an event together
   */
  constructor(
    private complete: number,
    private readonly maxBytes: number,
    private readonly onLetGo: (entries: readonly StreamEntry[]) => void = () => undefined,
  ) {}

  push(entry: StreamEntry): void {
    this.slots.push(entry);
    this.keptBytes += entry.bytes.length;
    this.bytesEver += entry.bytes.length;
    while (this.keptBytes > this.maxBytes && this.at(this.oldest)!.seq !== entry.seq) this.letGo();
    if (this.oldest - this.base <= this.slots.length / 2) return;
    this.slots = this.slots.slice(this.oldest - this.base);
    this.base = this.oldest;
  }

  /** Of the oldest event. */
  private letGo(): void {
    const gone: StreamEntry[] = [];
    const { seq } = this.at(this.oldest)!;
    for (let entry = this.at(this.oldest); entry?.seq === seq; entry = this.at(this.oldest)) {
      gone.push(entry);
      this.keptBytes -= entry.bytes.length;
      this.slots[this.oldest - this.base] = undefined;
      this.oldest++;
    }
    this.complete = seq;
    this.onLetGo(gone);
  }

  /** Whether a reader that has everything up to `seq` finds all that follows here. */
  covers(seq: number): boolean {
    return seq >= this.complete;
  }

  get start(): number {
    return this.oldest;
  }

  /** The place of the next entry to be pushed. */
  get end(): number {
    return this.base + this.slots.length;
  }

  /** Bytes ever pushed: the difference of two readings tells how far apart they are. */
  get bytes(): number {
    return this.bytesEver;
  }

  /** Undefined for what was let go or is not there yet. */
  at(place: number): StreamEntry | undefined {
    return this.slots[place - this.base];
  }

  /** What follows from `place` on, as far as it lies together and up to 64 KiB; found once for all readers that have come as far. */
  piece(place: number): Piece {
    if (this.joined?.from === place && this.joined.end === this.end) return this.joined.piece;
    const piece = this.join(place);
    this.joined = { from: place, end: this.end, piece };
    return piece;
  }

  private join(place: number): Piece {
    const first = this.at(place)!;
    let last = first;
    let { frames } = first;
    let size = first.bytes.length;
    let next = place + 1;
    for (let entry = this.at(next); entry && adjoins(last.bytes, entry.bytes); entry = this.at(++next)) {
      size += entry.bytes.length;
      if (size > pieceBytes) break;
      frames += entry.frames;
      last = entry;
    }
    return { bytes: last === first ? first.bytes : spanOf(first.bytes, last.bytes), frames, next };
  }

  /** The place of the first entry of an event after `seq`. */
  placeAfter(seq: number): number {
    let low = this.oldest;
    let high = this.end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.at(middle)!.seq <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Bytes of the entries from `place` on. */
  bytesFrom(place: number): number {
    let sum = 0;
    for (let at = Math.max(place, this.oldest); at < this.end; at++) sum += this.at(at)!.bytes.length;
    return sum;
  }
}
