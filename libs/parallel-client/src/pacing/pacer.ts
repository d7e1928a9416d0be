import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What the upstream counts per key: runs bought, questions asked, event streams opened. Questions have two budgets: `calls` are
 * those that somebody waits for, `reads` those that groups under way ask by themselves. In one queue, a new group would wait for
 * minutes behind 2,000 open ones of its key.
 */
export type BudgetName = 'runs' | 'reads' | 'calls' | 'streams';

export interface BudgetRate {
  readonly perMinute: number;
  /** How much may be taken at once after a pause, beyond the steady rate. */
  readonly burst: number;
}
export type Budgets = Readonly<Record<BudgetName, BudgetRate>>;

/**
 * 1,800 rows a minute leave room for one batch of 100 too many in any minute of the upstream's 2,000. A request is let through
 * at once when the budget is free and then takes its whole price.
 */
export const defaultBudgets: Budgets = {
  runs: { perMinute: 1_800, burst: 0 },
  // Together 300 questions a minute.
  reads: { perMinute: 240, burst: 10 },
  calls: { perMinute: 60, burst: 20 },
  streams: { perMinute: 1_200, burst: 20 },
};

/**
 * Budgets per key, shared by every replica. A reservation is a place in a queue: it is never refused, and answers how long to
 * wait. Whoever holds at most one place at a time per group takes turns with the other groups of the key.
 */
export interface Pacer {
  /** Milliseconds to wait before using what was reserved. */
  reserve(key: string, budget: BudgetName, amount: number): Promise<number>;
}

/** Reserves and waits; rejects with the signal's reason when it aborts. */
export async function takeTurn(
  pacer: Pacer,
  key: string,
  budget: BudgetName,
  amount: number,
  signal?: AbortSignal,
): Promise<void> {
  const waitMs = await pacer.reserve(key, budget, amount);
  signal?.throwIfAborted();
  if (waitMs > 0) await sleep(waitMs, undefined, { signal });
}

/** Milliseconds that one unit of a budget takes. */
export const unitMs = ({ perMinute }: BudgetRate): number => 60_000 / perMinute;
