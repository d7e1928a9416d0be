import type { JsonObject } from '@multitask/contracts';
import type { AttemptStatus } from '../model/attempt';
import type { OrchestrationEventType } from '../model/orchestration.event';
import type { Task, TaskStatus } from '../model/task';
import { checkMove } from './task.transitions';

/** What one decision makes of a task: the task as it is then, what became of the attempt, and what happened. */
export interface TaskChange {
  readonly task: Task;
  readonly attempt?: AttemptStatus;
  readonly facts: readonly TaskFact[];
}

export interface TaskFact {
  readonly type: OrchestrationEventType;
  readonly data: JsonObject;
}

export const fact = (type: OrchestrationEventType, data: JsonObject = {}): TaskFact => ({ type, data });

/** The task in another status. Throws `InvalidTransitionError`. */
export function moved(task: Task, status: TaskStatus, now: number, changes: Partial<Task> = {}): Task {
  checkMove(task.id, task.status, status);
  return { ...task, ...changes, status, updatedAt: now };
}
