import type { TaskStatus } from '../model/task';
import { OrchestrationError } from '../orchestration.errors';

/** Where a task may go from where it is. What is not here does not happen, whoever asks. */
export const transitions: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  queued: ['leased', 'failed', 'cancelled', 'skipped'],
  leased: ['running', 'queued', 'blocked', 'waiting_input', 'completed', 'failed', 'cancelled'],
  running: ['queued', 'blocked', 'waiting_input', 'completed', 'failed', 'cancelled'],
  blocked: ['queued', 'cancelled'],
  waiting_input: ['queued', 'cancelled'],
  completed: [],
  // By hand alone, and only when it is a dead letter.
  failed: ['queued'],
  cancelled: [],
  skipped: [],
};

export const canMove = (from: TaskStatus, to: TaskStatus): boolean => transitions[from].includes(to);

/** Throws `InvalidTransitionError`. */
export function checkMove(taskId: string, from: TaskStatus, to: TaskStatus): void {
  if (!canMove(from, to))
    throw new OrchestrationError('InvalidTransitionError', `Task ${taskId} is ${from} and cannot become ${to}.`);
}
