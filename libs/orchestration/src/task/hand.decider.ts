import type { JsonObject, JsonValue } from '@multitask/contracts';
import { isEnd, type Task } from '../model/task';
import { OrchestrationError } from '../orchestration.errors';
import { fact, moved, type TaskChange } from './task.change';

/** A paused task goes on; what a person answered reaches the next worker as `metadata.resume`. */
export function decideResume(task: Task, payload: JsonValue | undefined, now: number): TaskChange {
  if (task.status !== 'blocked' && task.status !== 'waiting_input')
    throw new OrchestrationError('InvalidTransitionError', `Task ${task.id} is ${task.status} and not paused.`);
  const metadata = payload === undefined ? task.metadata : { ...task.metadata, resume: payload };
  return { task: moved(task, 'queued', now, { metadata, notBefore: null }), facts: [fact('task.resumed')] };
}

/** Ends a task that has not ended; undefined when it has: an end is an end. A worker that holds it learns it with its next word. */
export function decideCancelTask(task: Task, reason: string | undefined, now: number): TaskChange | undefined {
  if (isEnd(task.status)) return undefined;
  const data: JsonObject = reason === undefined ? {} : { reason };
  return {
    task: moved(task, 'cancelled', now, { lease: null, completedAt: now }),
    ...(task.lease && { attempt: 'cancelled' as const }),
    facts: [fact('task.cancelled', data)],
  };
}

/** A dead letter gets another life. Throws `InvalidTransitionError` for every other task. */
export function decideRequeue(
  task: Task,
  { resetAttempts, notBefore, reason }: { resetAttempts: boolean; notBefore: number | null; reason?: string },
  now: number,
): TaskChange {
  if (!task.dead)
    throw new OrchestrationError('InvalidTransitionError', `Task ${task.id} is ${task.status} and no dead letter.`);
  const life = { dead: false, completedAt: null, error: null, notBefore, unmetDependencies: 0 };
  // Without new attempts one is still owed: a requeue that leaves nothing to claim would be a trap.
  const attemptCount = resetAttempts ? 0 : Math.max(0, task.attemptCount - 1);
  const data: JsonObject = { resetAttempts, ...(reason !== undefined && { reason }) };
  return {
    task: moved(task, 'queued', now, { ...life, attemptCount }),
    facts: [fact('task.requeued_from_dlq', data)],
  };
}
