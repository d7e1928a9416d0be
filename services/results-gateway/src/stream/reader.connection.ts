import type { ServerResponse } from 'node:http';

/** Why a reader was let go: by itself, or because it took too little. */
export type Departure = 'left' | 'slow' | 'behind' | 'stalled' | 'ended';

/** A reader that takes nothing at all for this long while it is owed something is gone or broken. */
const stalledMs = 30_000;

/** One open response: whole buffers in, its readiness out. Nothing is queued here beyond what one write left in the socket. */
export class ReaderConnection {
  departure: Departure | undefined;
  private full = false;
  private fullSince = 0;
  private readonly drained = new Set<() => void>();
  private readonly departed: Promise<void>;

  constructor(
    private readonly response: ServerResponse,
    private readonly now: () => number = Date.now,
  ) {
    // One that left while its stream was prepared does not close a second time.
    if (response.destroyed) this.departure = 'left';
    this.departed = new Promise((resolve) => {
      if (response.destroyed) resolve();
      response.once('close', () => {
        this.departure ??= 'left';
        this.wake();
        resolve();
      });
    });
    response.on('drain', () => {
      this.full = false;
      this.wake();
    });
    // A reset of the connection is an ordinary way to leave.
    response.on('error', () => this.depart('left'));
  }

  get open(): boolean {
    return this.departure === undefined;
  }

  /** Whether more may be written now. */
  get ready(): boolean {
    return this.open && !this.full;
  }

  /** Milliseconds since it stopped taking what it was given. */
  get waitedMs(): number {
    return this.full ? this.now() - this.fullSince : 0;
  }

  /** Bytes given and not yet taken by the system. */
  get queuedBytes(): number {
    return this.response.writableLength;
  }

  /** False: no more until `onDrain`. */
  write(bytes: Buffer | string): boolean {
    if (!this.open) return false;
    if (this.response.write(bytes)) return true;
    if (!this.full) this.fullSince = this.now();
    this.full = true;
    return false;
  }

  /** Writes at the reader's own pace; resolves when more may be written, and at once when it is gone. */
  async send(bytes: Buffer | string): Promise<void> {
    if (!this.write(bytes)) await this.whenReady();
  }

  /** Resolves when more may be written or the reader is gone. One that takes nothing for 30 s is let go. */
  async whenReady(): Promise<void> {
    if (this.ready || !this.open) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.depart('stalled'), stalledMs);
      const stop = this.onDrain(() => {
        clearTimeout(timer);
        stop();
        resolve();
      });
    });
  }

  /** Also called once when the reader is gone. */
  onDrain(callback: () => void): () => void {
    this.drained.add(callback);
    return () => this.drained.delete(callback);
  }

  /** Lets a reader go that takes nothing of what it was given, however little that is. */
  checkStall(): void {
    if (this.waitedMs >= stalledMs) this.depart('stalled');
  }

  /** Ends the answer in order; what was written still arrives, if it is taken within 30 s. */
  finish(): void {
    if (!this.open) return;
    this.departure = 'ended';
    this.response.end();
    const timer = setTimeout(() => this.response.destroy(), stalledMs).unref();
    this.response.once('close', () => clearTimeout(timer));
    this.wake();
  }

  depart(reason: Departure): void {
    if (!this.open) return;
    this.departure = reason;
    this.response.destroy();
    this.wake();
  }

  whenDeparted(): Promise<void> {
    return this.departed;
  }

  private wake(): void {
    for (const callback of [...this.drained]) callback();
  }
}
