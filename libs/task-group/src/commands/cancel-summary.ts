import { isSettled, type RowStatus } from '../view/group-view';

export interface CancelSummary {
  readonly cancelled: number;
  readonly going_on: number;
  readonly settled: number;
  readonly detail: string;
}

/** What a cancel came to, by the counts after it. Whatever has not ended then was bought before. */
export function cancelSummary(counts: Readonly<Partial<Record<RowStatus, number>>>): CancelSummary {
  const cancelled = counts.cancelled ?? 0;
  let going_on = 0;
  let settled = 0;
  for (const [status, count] of Object.entries(counts) as [RowStatus, number][]) {
    if (!isSettled(status)) going_on += count;
    else if (status !== 'cancelled') settled += count;
  }
  return { cancelled, going_on, settled, detail: wordsFor(cancelled, going_on) };
}

function wordsFor(cancelled: number, going_on: number): string {
  const first = `${rows(cancelled)} cancelled and will not be bought.`;
  if (going_on === 0) return first;
  const bought = `${rows(going_on)} bought before: the upstream cannot stop runs, so they go on and are charged.`;
  return `${first} ${bought} A purchase that was on its way may still arrive; its rows then go on as well.`;
}

const rows = (count: number): string => (count === 1 ? '1 row is' : `${count} rows are`);
