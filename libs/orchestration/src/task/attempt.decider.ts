import type { JsonObject, JsonValue } from '@multitask/contracts';
import type { Task, TaskError } from '../model/task';
import { hasTimedOut } from './lease.check';
import { maxAttemptsOf, retriesFailures, retryDelayMs } from './retry.policy';
import { fact, moved, type TaskChange } from './task.change';

/** How a worker's attempt may end, told by the worker or noticed by the server. */
export type AttemptEnd =
  | { readonly kind: 'completed'; readonly output: JsonValue; readonly metadata?: JsonObject }
  | { readonly kind: 'failed'; readonly error: TaskError; readonly metadata?: JsonObject; readonly retryable?: boolean }
  | { readonly kind: 'released'; readonly reason?: string }
  | { readonly kind: 'paused'; readonly status: 'blocked' | 'waiting_input'; readonly reason?: string }
  /** Nobody heard of the worker in time. */
  | { readonly kind: 'overdue' };

/** What becomes of a held task when its attempt ends. */
export function decideAttemptEnd(task: Task, end: AttemptEnd, now: number): TaskChange {
  const by: JsonObject = { workerId: task.lease?.workerId ?? null, leaseId: task.lease?.id ?? null };
  switch (end.kind) {
    case 'completed': {
      const done = { output: end.output, error: null, metadata: mergedMetadata(task, end.metadata), completedAt: now };
      return {
        task: moved(task, 'completed', now, { ...done, lease: null }),
        attempt: 'completed',
        facts: [fact('task.completed', by)],
      };
    }
    case 'failed':
      return failedAttempt({ ...task, metadata: mergedMetadata(task, end.metadata) }, end, by, now);
    case 'released':
      return {
        task: moved(task, 'queued', now, givenBack(task)),
        attempt: 'released',
        facts: [fact('task.released', { ...by, ...reasonOf(end) })],
      };
    case 'paused':
      return {
        task: moved(task, end.status, now, givenBack(task)),
        attempt: 'released',
        facts: [fact(`task.${end.status}`, { ...by, ...reasonOf(end) })],
      };
    case 'overdue':
      return overdueAttempt(task, by, now);
  }
}

function failedAttempt(
  task: Task,
  { error, retryable }: Extract<AttemptEnd, { kind: 'failed' }>,
  by: JsonObject,
  now: number,
): TaskChange {
  const retried = retryable !== false && retriesFailures(task) && task.attemptCount < maxAttemptsOf(task);
  const facts = [fact('task.failed', { ...by, error, willRetry: retried })];
  if (retried) return { task: again(task, error, now), attempt: 'failed', facts };
  return { task: buried(task, error, now), attempt: 'failed', facts: [...facts, fact('task.dead_lettered')] };
}

/** A worker that fell silent, or took longer than the task allows: an attempt like another. */
function overdueAttempt(task: Task, by: JsonObject, now: number): TaskChange {
  const timedOut = hasTimedOut(task, now);
  const error = timedOut
    ? { name: 'TaskTimeoutError', message: `The attempt took longer than ${task.timeoutMs} ms.` }
    : { name: 'LeaseExpiredError', message: 'The worker was not heard of before its lease ran out.' };
  const retried = task.attemptCount < maxAttemptsOf(task);
  const facts = [fact('task.lease_expired', { ...by, timedOut, willRetry: retried })];
  if (retried) return { task: again(task, error, now), attempt: 'expired', facts };
  return { task: buried(task, error, now), attempt: 'expired', facts: [...facts, fact('task.dead_lettered')] };
}

const again = (task: Task, error: TaskError, now: number): Task => {
  const delay = retryDelayMs(task.retry, task.attemptCount);
  return moved(task, 'queued', now, { lease: null, error, notBefore: delay > 0 ? now + delay : null });
};

const buried = (task: Task, error: TaskError, now: number): Task =>
  moved(task, 'failed', now, { lease: null, error, dead: true, completedAt: now });

/** A worker that gives a task back, or asks somebody first, has not tried and failed. */
const givenBack = (task: Task): Partial<Task> => ({ lease: null, attemptCount: Math.max(0, task.attemptCount - 1) });

const mergedMetadata = (task: Task, more: JsonObject | undefined): JsonObject => ({ ...task.metadata, ...more });

const reasonOf = ({ reason }: { readonly reason?: string }): JsonObject => (reason === undefined ? {} : { reason });
