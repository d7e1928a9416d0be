/** Finer steps would only split one moment's ends over several transactions. */
const shortestPauseMs = 10;
const longestPauseMs = 60_000;

/** Runs a piece of work when it is due and soon after it is woken; never twice at once. */
export class Metronome {
  private timer: NodeJS.Timeout | undefined;
  private beatAt = Infinity;
  private stopped = false;

  /** `work` does one step and returns the milliseconds until the next, or undefined for none. */
  constructor(private readonly work: () => number | undefined) {}

  /** Looks for work soon; cheap enough to call after every change. */
  wake(): void {
    this.schedule(0);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private schedule(pause: number): void {
    const wait = Math.min(Math.max(pause, shortestPauseMs), longestPauseMs);
    const at = performance.now() + wait;
    if (this.stopped || at >= this.beatAt) return;
    clearTimeout(this.timer);
    this.beatAt = at;
    this.timer = setTimeout(() => this.beat(), wait);
  }

  private beat(): void {
    this.beatAt = Infinity;
    const pause = this.work();
    if (pause !== undefined) this.schedule(pause);
  }
}
