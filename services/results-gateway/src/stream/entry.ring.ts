import type { StreamEntry } from './stream-entry';

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

  /**
   * @param complete every event of the group after this sequence is here or to come
   * @param maxBytes how much is kept for readers that come back; the newest entry is always kept
   */
  constructor(
    private complete: number,
    private readonly maxBytes: number,
  ) {}

  push(entry: StreamEntry): void {
    this.slots.push(entry);
    this.keptBytes += entry.bytes.length;
    this.bytesEver += entry.bytes.length;
    while (this.keptBytes > this.maxBytes && this.oldest < this.end - 1) this.letGo();
    if (this.oldest - this.base <= this.slots.length / 2) return;
    this.slots = this.slots.slice(this.oldest - this.base);
    this.base = this.oldest;
  }

  private letGo(): void {
    const entry = this.at(this.oldest)!;
    this.keptBytes -= entry.bytes.length;
    this.complete = entry.seq;
    this.slots[this.oldest - this.base] = undefined;
    this.oldest++;
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
