import { timestamp } from '../engine/emulator.clock';
import { isActive, type Metadata, type RunStatus } from './task-run';

export type StatusCounts = Partial<Record<RunStatus, number>>;

/** A group as it is kept; counts are of the runs a reader can see. */
export interface GroupRecord {
  readonly groupId: string;
  readonly owner: string;
  readonly metadata: Metadata | null;
  readonly createdAt: number;
  readonly modifiedAt: number;
  /** Runs accepted so far, listed already or not. */
  readonly accepted: number;
  /** The ordinal of the run listed last; 0 before the first. */
  readonly lastOrdinal: number;
  /** The number of the event appended last; 0 before the first. */
  readonly lastEvent: number;
  readonly counts: StatusCounts;
}

export interface TaskGroupStatus {
  readonly num_task_runs: number;
  readonly task_run_status_counts: StatusCounts;
  readonly is_active: boolean;
  readonly status_message: string;
  readonly modified_at: string;
}

export function groupStatus(group: GroupRecord): TaskGroupStatus {
  const entries = Object.entries(group.counts).filter(([, count]) => count > 0) as [RunStatus, number][];
  return {
    num_task_runs: entries.reduce((sum, [, count]) => sum + count, 0),
    task_run_status_counts: Object.fromEntries(entries),
    is_active: entries.some(([status]) => isActive(status)),
    status_message: '',
    modified_at: timestamp(group.modifiedAt),
  };
}

export const taskGroup = (group: GroupRecord) => ({
  taskgroup_id: group.groupId,
  metadata: group.metadata,
  status: groupStatus(group),
  created_at: timestamp(group.createdAt),
});

/** Moves one run from a status to another; either may be absent. */
export function recount(counts: StatusCounts, from: RunStatus | undefined, to: RunStatus | undefined): StatusCounts {
  const next = { ...counts };
  if (from) next[from] = (next[from] ?? 0) - 1;
  if (to) next[to] = (next[to] ?? 0) + 1;
  return next;
}
