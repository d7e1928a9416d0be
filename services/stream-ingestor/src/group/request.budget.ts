const windowMs = 60_000;

/** Beside its event stream a group costs the upstream fewer than ten requests a minute. Purchases count, and are never held up. */
export class RequestBudget {
  private readonly times: number[] = [];

  constructor(
    private readonly perMinute: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Milliseconds until another request fits. */
  waitMs(): number {
    this.forgetOld();
    if (this.times.length < this.perMinute) return 0;
    return this.times[this.times.length - this.perMinute]! + windowMs - this.now();
  }

  spend(): void {
    this.forgetOld();
    this.times.push(this.now());
  }

  private forgetOld(): void {
    const oldest = this.now() - windowMs;
    while (this.times.length > 0 && this.times[0]! <= oldest) this.times.shift();
  }
}
