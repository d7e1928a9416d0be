/** What is left of an allowance after a request. */
export interface Allowance {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the window ends and everything is allowed again. */
  readonly resetSeconds: number;
  readonly exceeded: boolean;
}

const windowMs = 60_000;

/** Callers remembered at once: about 100 bytes each, so that a flood of made-up keys cannot grow this beyond some megabytes. */
const maxCallers = 50_000;

/** Counts requests of each caller in windows of a minute. In memory: each replica allows as much as is set. */
export class RateLimiter {
  private readonly windows = new Map<string, { startedAt: number; count: number }>();

  constructor(
    private readonly limit: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  take(caller: string): Allowance {
    const now = this.now();
    let window = this.windows.get(caller);
    if (!window || now - window.startedAt >= windowMs) {
      window = { startedAt: now, count: 0 };
      this.windows.delete(caller);
      this.windows.set(caller, window);
      this.forgetOldest();
    }
    window.count++;
    return {
      limit: this.limit,
      remaining: Math.max(0, this.limit - window.count),
      resetSeconds: Math.max(1, Math.ceil((window.startedAt + windowMs - now) / 1_000)),
      exceeded: window.count > this.limit,
    };
  }

  /** A map keeps the order of insertion, and windows are inserted when they start. */
  private forgetOldest(): void {
    if (this.windows.size <= maxCallers) return;
    for (const caller of this.windows.keys()) {
      this.windows.delete(caller);
      return;
    }
  }
}
