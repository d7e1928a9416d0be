import type { Ledger } from './ledger';
import { percentile, readerLags, resultLags } from './standstill';
import { firstSeen, waitedMs, worksOf } from './works';

/**
 * Milliseconds from the first fault to the first sign that the service it hit works again, as far as anybody outside can see one;
 * null when there was nothing left for it to do.
 */
export function recoveredMs(ledger: Ledger): number | null {
  const [fault] = ledger.faults;
  if (!fault) return null;
  const seenAt = firstSeen(worksOf(ledger, fault), fault.restartedAt ?? fault.at);
  return seenAt === Infinity ? null : seenAt - fault.at;
}

/** What is promised: how soon a killed service works again, and how soon nobody notices any more. */
export const promised = { workingAgainMs: 5_000, lagMs: 1_000, lagWithinMs: 15_000, share: 0.95 } as const;

/**
 * Milliseconds from when a process of the same name was started, or from when there was something for it to do if that was later,
 * to the first sign of its work; null when there is none.
 */
export function workingAgainMs(ledger: Ledger): number | null {
  const [fault] = ledger.faults;
  return fault?.restartedAt === undefined ? null : waitedMs(worksOf(ledger, fault), fault.restartedAt);
}

/** By how much readers and results were behind the log once it should be over. */
export function lagsOnceOver(ledger: Ledger): number[] {
  const [fault] = ledger.faults;
  if (!fault) return [];
  const from = fault.at + promised.lagWithinMs;
  return [...readerLags(ledger, from), ...resultLags(ledger, from)];
}

/** What is wrong with these figures, of which there must be some; undefined when they keep what is promised. */
export function missed(figures: readonly number[], limitMs: number, atLeast: number): string | undefined {
  if (figures.length < atLeast) return `only ${figures.length} figures, too few of ${atLeast}`;
  const reached = percentile(figures, promised.share)!;
  return reached <= limitMs ? undefined : `p95 of ${figures.length} is ${reached} ms, above ${limitMs}`;
}

/** As figures are told: how many, and what half, nearly all and all of them do not exceed. */
export const distribution = (figures: readonly number[]) => ({
  count: figures.length,
  p50: percentile(figures, 0.5),
  p95: percentile(figures, promised.share),
  most: percentile(figures, 1),
});
