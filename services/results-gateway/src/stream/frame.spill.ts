import type { SpoolSpace } from '../export/spool.space';
import { TemporaryFile } from '../export/temporary.file';
import type { StreamEntry } from './stream-entry';

/** What is put together before it is written, and read at once: a hundred readers have 13 MB in hand. One event may have many more. */
const blockBytes = 128 * 1024;

const writtenAtOnce = 1024 * 1024;

export interface SpillLimits {
  /** Of one file; the oldest one goes as a whole. */
  readonly fileBytes: number;
  /** Of all files of one group. */
  readonly bytes: number;
  /** That wait to be written, beside a single event that is larger; a disk that is slower than the group is no use. */
  readonly waitingBytes: number;
}

const defaultLimits: SpillLimits = {
  fileBytes: 16 * 1024 * 1024,
  bytes: 256 * 1024 * 1024,
  waitingBytes: 4 * 1024 * 1024,
};

interface SpillFile {
  readonly opened: Promise<TemporaryFile>;
  bytes: number;
}

/** Entries of whole events that follow one another. */
class Block {
  /** Of each event: its sequence, and the bytes and frames up to its end. */
  readonly seqs: number[] = [];
  readonly ends: number[] = [];
  readonly frames: number[] = [];
  size = 0;
  /** Until it was written. */
  pieces: Buffer[] = [];
  isWritten = false;
  /** Where it is, or will be. */
  place: { readonly file: SpillFile; readonly offset: number } | undefined;

  add(event: readonly StreamEntry[]): void {
    let frames = this.framesOf(this.seqs.length);
    for (const entry of event) {
      this.pieces.push(entry.bytes);
      this.size += entry.bytes.length;
      frames += entry.frames;
    }
    this.seqs.push(event[0]!.seq);
    this.ends.push(this.size);
    this.frames.push(frames);
  }

  get lastSeq(): number {
    return this.seqs.at(-1)!;
  }

  /** Of its first so many events. */
  framesOf(events: number): number {
    return this.frames[events - 1] ?? 0;
  }

  bytesOf(events: number): number {
    return this.ends[events - 1] ?? 0;
  }

  /** How many events are whole in its first so many bytes. */
  eventsWithin(bytes: number): number {
    let low = 0;
    let high = this.ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.ends[middle]! <= bytes) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The bytes from here to there, as long as they are in memory. */
  slice(from: number, to: number): Buffer {
    const found: Buffer[] = [];
    let start = 0;
    for (const piece of this.pieces) {
      if (start >= to) break;
      if (start + piece.length > from) found.push(piece.subarray(Math.max(0, from - start), to - start));
      start += piece.length;
    }
    return Buffer.concat(found);
  }
}

/** Some frames. */
export interface SpilledPiece {
  readonly bytes: Buffer;
  /** Of the events that end in it. */
  readonly frames: number;
  /** The last event of which everything was given now. */
  readonly seq: number;
}

/**
 * What a tail's ring keeps no longer, on disk, for readers that were away or take their time: each reads it at its own pace, and
 * nothing has to be folded for it again. Files have no name and are gone with the tail. Where there is no room, or the disk is too
 * slow, the oldest is forgotten: who needs that is served from the log.
 */
export class FrameSpill {
  private blocks: Block[] = [];
  /** Number of `blocks[0]`, counted from the first block ever. */
  private base = 0;
  private files: SpillFile[] = [];
  private waitingBytes = 0;
  private writing: Promise<void> = Promise.resolve();
  private closed = false;

  /** @param complete every event of the group after this sequence is here, up to the last one that was given */
  constructor(
    private complete: number,
    private readonly space: SpoolSpace,
    private readonly limits: SpillLimits = defaultLimits,
    private readonly open: () => Promise<TemporaryFile> = hiddenFile,
  ) {}

  /** Whether all that follows `seq` is here, up to the last event that was given. */
  covers(seq: number): boolean {
    return !this.closed && seq >= this.complete;
  }

  /** All entries of the next event. */
  push(event: readonly StreamEntry[]): void {
    if (this.closed) return;
    let block = this.blocks.at(-1);
    if (!block || block.size >= blockBytes) {
      if (block) this.store(block);
      this.blocks.push((block = new Block()));
    }
    block.add(event);
  }

  /** What follows `seq`, to the end of what is here. Ends early when that is forgotten meanwhile. */
  async *after(seq: number): AsyncGenerator<SpilledPiece> {
    let position = seq;
    const first = this.blocks.findIndex((block) => block.lastSeq > seq);
    for (let number = this.base + first; first >= 0; number++) {
      const block = this.blocks[number - this.base];
      if (!block) return;
      let events = block.seqs.findIndex((found) => found > position);
      // The last block may grow while it is sent.
      for (let at = block.bytesOf(events); at < block.size;) {
        if (!this.covers(position)) return;
        const to = Math.min(block.size, at + blockBytes);
        const bytes = await this.read(block, at, to).catch(() => undefined);
        if (!bytes) return this.forget(this.blocks.length);
        const whole = block.eventsWithin(to);
        position = block.seqs[whole - 1] ?? position;
        yield { bytes, frames: block.framesOf(whole) - block.framesOf(events), seq: position };
        events = whole;
        at = to;
      }
    }
  }

  /** Gives everything back. */
  async close(): Promise<void> {
    this.closed = true;
    this.forget(this.blocks.length);
    await this.writing;
  }

  private async read(block: Block, from: number, to: number): Promise<Buffer> {
    if (!block.isWritten) return block.slice(from, to);
    const { file, offset } = block.place!;
    const { handle } = await file.opened;
    const bytes = Buffer.allocUnsafe(to - from);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset + from);
    if (bytesRead < bytes.length) throw new Error(`only ${bytesRead} of ${bytes.length} bytes were read`);
    return bytes;
  }

  private store(block: Block): void {
    const isTooSlow = this.waitingBytes > 0 && this.waitingBytes + block.size > this.limits.waitingBytes;
    if (isTooSlow || !this.makeRoom(block.size)) return this.forget(this.blocks.length);
    const file = this.fileFor(block.size);
    const place = { file, offset: file.bytes };
    block.place = place;
    file.bytes += block.size;
    this.waitingBytes += block.size;
    this.writing = this.writing.then(() => this.write(block, place));
  }

  private fileFor(bytes: number): SpillFile {
    const last = this.files.at(-1);
    if (last && last.bytes + bytes <= this.limits.fileBytes) return last;
    const opened = this.open();
    // Whoever writes or reads is told; until then nobody listens.
    opened.catch(() => undefined);
    const file = { opened, bytes: 0 };
    this.files.push(file);
    return file;
  }

  private async write(block: Block, { file, offset }: NonNullable<Block['place']>): Promise<void> {
    try {
      const { handle } = await file.opened;
      for (let at = 0; at < block.size; at += writtenAtOnce) {
        if (!this.files.includes(file)) return;
        const bytes = block.slice(at, Math.min(block.size, at + writtenAtOnce));
        const { bytesWritten } = await handle.write(bytes, 0, bytes.length, offset + at);
        // A disk that becomes full takes the first part without an error.
        if (bytesWritten < bytes.length) throw new Error(`only ${bytesWritten} of ${bytes.length} bytes were written`);
      }
      block.isWritten = true;
      block.pieces = [];
    } catch {
      this.forget(this.blocks.length);
    } finally {
      this.waitingBytes -= block.size;
    }
  }

  /** Takes room for so many bytes more, that of the oldest file where there is no other. */
  private makeRoom(bytes: number): boolean {
    const inFiles = () => this.files.reduce((sum, file) => sum + file.bytes, 0);
    while (inFiles() + bytes > this.limits.bytes || !this.tookSpace(bytes)) {
      const [oldest] = this.files;
      if (!oldest || this.files.length < 2) return false;
      const kept = this.blocks.findIndex(({ place }) => place?.file !== oldest);
      this.forget(kept < 0 ? this.blocks.length : kept);
    }
    return true;
  }

  private tookSpace(bytes: number): boolean {
    try {
      this.space.take(bytes);
      return true;
    } catch {
      return false;
    }
  }

  /** The oldest `count` blocks, and the files that nothing is left in. */
  private forget(count: number): void {
    if (count === 0) return;
    this.complete = this.blocks[count - 1]!.lastSeq;
    this.blocks = this.blocks.slice(count);
    this.base += count;
    const used = new Set(this.blocks.map(({ place }) => place?.file));
    const isEmpty = this.blocks.length === 0;
    const gone = this.files.filter((file) => isEmpty || !used.has(file));
    this.files = this.files.filter((file) => !gone.includes(file));
    for (const file of gone) {
      this.space.giveBack(file.bytes);
      // Closing waits for whoever reads or writes just now.
      void file.opened.then((open) => open.close()).catch(() => undefined);
    }
  }
}

async function hiddenFile(): Promise<TemporaryFile> {
  const file = await TemporaryFile.open();
  await file.hide();
  return file;
}
