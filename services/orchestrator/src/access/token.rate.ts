/** So many seconds' worth of requests may come at once: a worker pool that starts up is no attack. */
const burstSeconds = 10;

interface Bucket {
  left: number;
  at: number;
}

/** How often each token may ask, in each replica: evenly so many in a minute, and ten seconds' worth of them at once. */
export class TokenRate {
  private readonly buckets = new Map<string, Bucket>();
  private readonly perMs: number;
  private readonly most: number;

  /** `perMinute` 0: as often as they like. */
  constructor(
    perMinute: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.perMs = perMinute / 60_000;
    this.most = Math.max(1, Math.ceil((perMinute / 60) * burstSeconds));
  }

  /** 0: it may; else the seconds until it may again. */
  take(token: string): number {
    if (this.perMs === 0) return 0;
    const now = this.now();
    const bucket = this.buckets.get(token) ?? { left: this.most, at: now };
    bucket.left = Math.min(this.most, bucket.left + (now - bucket.at) * this.perMs);
    bucket.at = now;
    this.buckets.set(token, bucket);
    if (bucket.left < 1) return Math.max(1, Math.ceil((1 - bucket.left) / this.perMs / 1_000));
    bucket.left--;
    return 0;
  }
}
