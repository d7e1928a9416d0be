/**
 * How long nothing has moved, in business time. Progress is dated by the log, which knows nothing of a business clock that was
 * moved: its age by the log counts as business time, and from then on the business clock alone.
 */
export class Stillness {
  private progressAt = Number.NaN;
  private since = 0;

  constructor(
    private readonly logNow: () => number,
    private readonly now: () => number,
  ) {}

  /** Milliseconds without progress; `progressAt` in Unix milliseconds by the log. */
  lasts(progressAt: number): number {
    if (progressAt !== this.progressAt) {
      this.progressAt = progressAt;
      this.since = this.now() - Math.max(0, this.logNow() - progressAt);
    }
    return this.now() - this.since;
  }
}
