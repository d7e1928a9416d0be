import type { Task } from '../model/task';

/** Whether a task has a place among those that can be claimed, now or from its `notBefore` on. */
export const isPlaced = ({ status, unmetDependencies }: Task): boolean =>
  status === 'queued' && unmetDependencies === 0;
