/**
 * The log's time, told from one timestamp of the log and our own monotonic clock since. It may be behind the log by as long as
 * that timestamp took to reach us, never ahead of it, whatever the wall clocks of the two machines say: what must not happen
 * before some time by the log may be decided by it.
 */
export class LogClock {
  /** `logTime` is a timestamp that the log has given by now. */
  constructor(
    private readonly logTime: number,
    private readonly monotonicMs: () => number = () => performance.now(),
    private readonly takenAt: number = monotonicMs(),
  ) {}

  /** Unix milliseconds. */
  now(): number {
    return this.logTime + (this.monotonicMs() - this.takenAt);
  }

  timestamp(): string {
    return new Date(this.now()).toISOString();
  }
}
