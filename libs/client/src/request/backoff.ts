export interface Backoff {
  /** ms before the first repeat. */
  readonly firstMs: number;
  /** ms above which a pause does not grow. */
  readonly longestMs: number;
}

/** A server may ask for more than anybody wants to wait; what is above is told to the caller instead. */
export const longestRetryAfter = 120;

/**
 * ms until the next try: doubling, with up to a quarter more, so that many clients do not come back together. Never before
 * `retryAfter` (seconds), which gets a tenth at most on top. `chance` is from 0 to 1.
 */
export function waitBefore(attempt: number, backoff: Backoff, retryAfter: number | undefined, chance: number): number {
  const own = Math.min(backoff.firstMs * 2 ** Math.min(attempt, 30), backoff.longestMs) * (1 + chance / 4);
  return retryAfter === undefined ? own : Math.max(own, retryAfter * 1_000 * (1 + chance / 10));
}
