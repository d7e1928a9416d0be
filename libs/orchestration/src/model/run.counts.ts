import type { Task, TaskStatus } from './task';

/**
 * How many tasks of a run are in each state. `ready`, a part of `queued`, waits for nothing but a worker or a time. A change of
 * one task is a delta of a few numbers, so nobody counts tasks and no two workers wait for one another.
 */
export type RunCounts = Readonly<Partial<Record<TaskStatus | 'ready', number>>>;

const placesOf = (task: Pick<Task, 'status' | 'unmetDependencies'>): (TaskStatus | 'ready')[] =>
  task.status === 'queued' && task.unmetDependencies === 0 ? ['queued', 'ready'] : [task.status];

/** What a task's change does to the counts of its run; `before` undefined: the task is new. Empty when nothing moved. */
export function countsDelta(before: Task | undefined, after: Task): RunCounts {
  const delta = new Map<TaskStatus | 'ready', number>();
  for (const place of before ? placesOf(before) : []) delta.set(place, -1);
  for (const place of placesOf(after)) delta.set(place, (delta.get(place) ?? 0) + 1);
  return Object.fromEntries([...delta].filter(([, change]) => change !== 0));
}

/** The counts after some deltas, in any order. */
export function addCounts(...parts: readonly RunCounts[]): RunCounts {
  const sum = new Map<string, number>();
  for (const part of parts)
    for (const [place, change] of Object.entries(part)) sum.set(place, (sum.get(place) ?? 0) + change);
  return Object.fromEntries([...sum].filter(([, count]) => count !== 0));
}
