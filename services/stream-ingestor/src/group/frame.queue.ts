import type { GroupFrame } from '@multitask/parallel-client';

/** As much as one append takes with room for the rest, and as much as a group may hold in memory while the log is slow. */
const framesAtOnce = 192;
const bytesAtOnce = 4 * 1024 * 1024;

export const bytesOf = (frame: GroupFrame): number => (frame.kind === 'run' ? frame.bytes : 100);

/**
 * Between a stream and the log: takes frames as they come, gives as many as there are in one go, and lets the stream wait when
 * the log is slower. One frame may be larger than the limit; then it is alone.
 */
export class FrameQueue {
  private frames: GroupFrame[] = [];
  private bytes = 0;
  private ended: { error?: unknown } | undefined;
  private wakeConsumer: (() => void) | undefined;
  private wakeProducer: (() => void) | undefined;

  /** Takes all of a stream; ends when the stream ends. */
  async fill(stream: AsyncIterable<GroupFrame>): Promise<void> {
    try {
      for await (const frame of stream) {
        this.frames.push(frame);
        this.bytes += bytesOf(frame);
        this.wakeConsumer?.();
        while (this.isFull && !this.ended) await new Promise<void>((resolve) => (this.wakeProducer = resolve));
        if (this.ended) return;
      }
      this.end({});
    } catch (error) {
      this.end({ error });
    }
  }

  /** What has come since; empty when the stream has ended. Rejects with the stream's failure, after all frames before it. */
  async take(): Promise<GroupFrame[]> {
    while (this.frames.length === 0 && !this.ended) await new Promise<void>((resolve) => (this.wakeConsumer = resolve));
    if (this.frames.length === 0) {
      if (this.ended && 'error' in this.ended) throw this.ended.error;
      return [];
    }
    let count = 1;
    for (let bytes = bytesOf(this.frames[0]!); count < Math.min(this.frames.length, framesAtOnce); count++) {
      bytes += bytesOf(this.frames[count]!);
      if (bytes > bytesAtOnce) break;
    }
    const taken = this.frames.splice(0, count);
    this.bytes -= taken.reduce((sum, frame) => sum + bytesOf(frame), 0);
    this.wakeProducer?.();
    return taken;
  }

  /** Nobody takes any more: lets the producer leave the stream. */
  close(): void {
    this.end({});
  }

  private get isFull(): boolean {
    return this.frames.length >= 2 * framesAtOnce || this.bytes >= 2 * bytesAtOnce;
  }

  private end(how: { error?: unknown }): void {
    this.ended ??= how;
    this.wakeConsumer?.();
    this.wakeProducer?.();
  }
}

/** Frames of a stream in portions that fit one append each. */
export async function* portions(stream: AsyncIterable<GroupFrame>): AsyncGenerator<GroupFrame[]> {
  const queue = new FrameQueue();
  const filling = queue.fill(stream);
  try {
    for (let taken = await queue.take(); taken.length > 0; taken = await queue.take()) yield taken;
  } finally {
    queue.close();
    // The stream itself is ended by its signal; what it still says is of no interest.
    void filling;
  }
}
