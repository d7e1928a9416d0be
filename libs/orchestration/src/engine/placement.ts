import type { Task } from '../model/task';

/** Whether a task has a place among those that can be claimed, now or from its `notBefore` on. */
export const isPlaced = ({ status, unmetDependencies }: Task): boolean =>
  status === 'queued' && unmetDependencies === 0;

/** Where a task stands among those to be claimed: nowhere, ready, or not yet. */
export function placeOf(task: Task, now: number): 0 | 1 | 2 {
  if (!isPlaced(task)) return 0;
  return task.notBefore !== null && task.notBefore > now ? 2 : 1;
}
