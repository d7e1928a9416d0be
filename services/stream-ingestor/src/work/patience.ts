/** How much longer a replica waits for each group it holds more than the idlest other, in milliseconds. */
const perGroupMs = 20;

/** Those that have equally much to do must not all try at the same moment. */
const jitterMs = 25;

export const longestPatienceMs = 1_000;

export interface Patience {
  /** Milliseconds nobody waits longer than, apart from the jitter. */
  readonly longestMs: number;
  /** 0 to 1, drawn anew each time. */
  readonly luck: number;
}

/**
 * Milliseconds a replica that holds so many groups waits before it tries to get one more. Who has more to do lets the others
 * go first: shares even out, and a replica that has just come gets most of what is new. Who knows of no others waits for none.
 */
export function patienceMs(held: number, leastHeldByOthers: number | undefined, { longestMs, luck }: Patience): number {
  const excess = leastHeldByOthers === undefined ? 0 : Math.max(0, held - leastHeldByOthers);
  return Math.min(excess * perGroupMs, longestMs) + luck * jitterMs;
}
