import { readFileSync } from 'node:fs';

/**
 * The time of the business: time to live, settling, retries, sweeps. Never for leases or sockets.
 * Tests move it through a file that holds an offset in seconds (MULTITASK_TEST_CLOCK); every service re-reads it each second.
 */
export class BusinessClock {
  private offsetMs = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly file?: string) {
    if (!file) return;
    this.read();
    this.timer = setInterval(() => this.read(), 1_000).unref();
  }

  now(): Date {
    return new Date(Date.now() + this.offsetMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private read(): void {
    try {
      const seconds = Number(readFileSync(this.file!, 'utf8').trim() || '0');
      if (Number.isFinite(seconds)) this.offsetMs = seconds * 1_000;
    } catch {
      // The file may not exist yet, or be in the middle of a write: the last offset stays in force.
    }
  }
}
