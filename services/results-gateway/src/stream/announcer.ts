/** Of its time a process spends at most a third on telling readers, as long as more keeps coming. */
const pauseOverCost = 2;

/** However many readers there are, none of them hears of something later than this because of the others. */
const longestPauseMs = 50;

/**
 * Tells all readers of one tail that more is there. What comes in one go is told at once, so that a reader gets it in one write;
 * and since a write to a thousand readers costs the same for one event as for ten, it waits the longer the more that costs.
 * To few readers it costs so little that nothing waits.
 */
export class Announcer {
  private waiting: { cancel(): void } | undefined;
  private pauseMs = 0;
  private toldAt = 0;

  constructor(
    private readonly tell: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** There is something to tell, soon. */
  soon(): void {
    if (this.waiting) return;
    // Timers know whole milliseconds only: what is less is no pause.
    const leftMs = Math.floor(this.toldAt + this.pauseMs - this.now());
    if (leftMs >= 1) {
      const timer = setTimeout(() => this.tellNow(), leftMs);
      this.waiting = { cancel: () => clearTimeout(timer) };
    } else {
      const immediate = setImmediate(() => this.tellNow());
      this.waiting = { cancel: () => clearImmediate(immediate) };
    }
  }

  tellNow(): void {
    this.waiting?.cancel();
    this.waiting = undefined;
    const from = this.now();
    this.tell();
    this.toldAt = this.now();
    this.pauseMs = Math.min(longestPauseMs, (this.toldAt - from) * pauseOverCost);
  }
}
