import type { LogEntry } from '@multitask/event-log';

export interface IntakeLimits {
  readonly entries: number;
  readonly bytes: number;
}

/**
 * Collects entries while the last batch is being written: an idle partition is projected entry by entry without delay, a
 * busy one in batches that grow with its load. Holds one batch at most; the source waits meanwhile.
 */
export class BatchIntake {
  private entries: LogEntry[] = [];
  private bytes = 0;
  private ended = false;
  private closed = false;
  private failure: unknown;
  private wakeReader: () => void = () => undefined;
  private wakeSource: () => void = () => undefined;

  constructor(
    source: AsyncIterable<LogEntry>,
    private readonly limits: IntakeLimits,
  ) {
    void this.fill(source);
  }

  /** The next batch, or undefined when the source has ended. Rejects as the source did. */
  async next(): Promise<LogEntry[] | undefined> {
    while (this.entries.length === 0 && !this.ended && !this.closed)
      await new Promise<void>((resolve) => (this.wakeReader = resolve));
    if (this.entries.length > 0) return this.take();
    if (this.failure !== undefined) throw this.failure;
    return undefined;
  }

  /** Lets go of the source. */
  close(): void {
    this.closed = true;
    this.entries = [];
    this.wakeSource();
    this.wakeReader();
  }

  private take(): LogEntry[] {
    const batch = this.entries;
    this.entries = [];
    this.bytes = 0;
    this.wakeSource();
    return batch;
  }

  private async fill(source: AsyncIterable<LogEntry>): Promise<void> {
    try {
      for await (const entry of source) {
        if (this.closed) break;
        this.entries.push(entry);
        this.bytes += entry.bytes ?? 0;
        this.wakeReader();
        while (this.isFull() && !this.closed) await new Promise<void>((resolve) => (this.wakeSource = resolve));
      }
    } catch (error) {
      this.failure = error;
    }
    this.ended = true;
    this.wakeReader();
  }

  private isFull(): boolean {
    return this.entries.length >= this.limits.entries || this.bytes >= this.limits.bytes;
  }
}
