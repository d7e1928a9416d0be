import type { Task, TaskEnd } from '../model/task';
import { fact, moved, type TaskChange } from './task.change';

/** The dependency whose end is told to a task. */
export interface EndedDependency {
  readonly taskId: string;
  readonly key: string | null;
  readonly end: TaskEnd;
}

/**
 * What the end of one dependency makes of a task; undefined when the task has ended or been handed out since. One that was not
 * completed ends the task or counts as met, as the task itself said when it was enqueued, so no task waits for ever.
 */
export function decideDependencyEnd(task: Task, ended: EndedDependency, now: number): TaskChange | undefined {
  if (task.status !== 'queued') return undefined;
  if (ended.end === 'completed' || task.onDependencyFailure === 'run') {
    const unmetDependencies = Math.max(0, task.unmetDependencies - 1);
    return { task: { ...task, unmetDependencies, updatedAt: now }, facts: [] };
  }
  const cause = { taskId: ended.taskId, key: ended.key, end: ended.end };
  if (task.onDependencyFailure === 'skip')
    return { task: moved(task, 'skipped', now, { completedAt: now }), facts: [fact('task.skipped', { cause })] };
  const named = ended.key ?? ended.taskId;
  const error = { name: 'DependencyFailedError', message: `It depends on ${named}, which is ${ended.end}.` };
  return {
    task: moved(task, 'failed', now, { error, dead: true, completedAt: now }),
    facts: [fact('task.failed', { error, cause, willRetry: false }), fact('task.dead_lettered')],
  };
}
