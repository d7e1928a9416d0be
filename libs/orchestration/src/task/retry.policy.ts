import type { RetryPolicy, Task } from '../model/task';

/** For tasks that say nothing of attempts: a worker that dies is no failure of the task, but it must not go on for ever. */
export const unstatedMaxAttempts = 25;

/** For tasks that ask to be retried and do not say how often. */
export const retriedMaxAttempts = 3;

/** Delays are sums of human waits; beyond a year something is wrong with the arguments, and numbers would overflow. */
const longestDelayMs = 366 * 86_400_000;

type Limits = Pick<Task, 'maxAttempts' | 'retry'>;

/** How often a task may be attempted in all. */
export const maxAttemptsOf = ({ maxAttempts, retry }: Limits): number =>
  maxAttempts ?? (retry ? retriedMaxAttempts : unstatedMaxAttempts);

/**
 * Whether a failure that a worker reports is retried at all. A task that names neither attempts nor a retry ends with its first
 * reported failure, while a lease that ran out still brings it back.
 */
export const retriesFailures = ({ maxAttempts, retry }: Limits): boolean => maxAttempts !== null || retry !== null;

/** Milliseconds to wait after the attempt with this number, counted from 1. */
export function retryDelayMs(retry: RetryPolicy | null, attempt: number): number {
  if (!retry) return 0;
  const growth = retry.backoff === 'exponential' ? 2 ** Math.min(attempt - 1, 60) : 1;
  return Math.min(retry.delayMs * growth, retry.maxDelayMs ?? longestDelayMs, longestDelayMs);
}
