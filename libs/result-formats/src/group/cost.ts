import { findProcessor } from '@multitask/contracts';
import { isSettled, type GroupHeader, type RowStatus } from '@multitask/task-group';

/** US dollars by the processor's list price; null when that is not known. */
export interface Cost {
  /** Completed rows; the upstream does not charge for failed ones. */
  readonly spent_usd: number | null;
  /** What it comes to if every row that is still open completes. */
  readonly estimated_total_usd: number | null;
}

export function costOf(header: Pick<GroupHeader, 'spec' | 'counts' | 'followed'>): Cost {
  // What was bought elsewhere was perhaps bought with several processors, at prices of its own.
  const price = header.followed ? undefined : findProcessor(header.spec.processor)?.usdPerRun;
  if (price === undefined) return { spent_usd: null, estimated_total_usd: null };
  const completed = header.counts.completed ?? 0;
  const counts = Object.entries(header.counts) as [RowStatus, number][];
  const open = counts.reduce((sum, [status, count]) => sum + (isSettled(status) ? 0 : count), 0);
  return { spent_usd: dollars(completed * price), estimated_total_usd: dollars((completed + open) * price) };
}

/** Prices have three decimals; six keep the sums free of floating-point dust. */
const dollars = (amount: number): number => Math.round(amount * 1e6) / 1e6;
