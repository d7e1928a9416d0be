import type { RunStatus } from '@multitask/contracts';
import type { RowStatus } from './group-view';

/** How far a run is: a report may only move it forward, and an end is final. */
const progress: Record<RowStatus, number> = {
  queued: 0,
  running: 1,
  cancelling: 2,
  action_required: 3,
  completed: 3,
  failed: 3,
  cancelled: 3,
  rejected: 3,
};

/** Whether `next` can follow `current` for one and the same run. */
export const advances = (current: RowStatus, next: RunStatus): boolean => progress[next] > progress[current];
