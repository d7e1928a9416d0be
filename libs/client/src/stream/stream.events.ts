import type { JsonObject } from '../group/create-request';
import type { FlatRow, GroupHead, GroupStatus, RowStatus, TaskOutput, TaskRun } from '../group/results';

interface Event<T extends string> {
  readonly type: T;
  /** Everything up to here is told: a stream that is asked for with `after` set to it goes on behind. Null: no such place. */
  readonly event_id: string | null;
}

/** Forget every row: all of them are told anew. */
export interface SnapshotStart extends Event<'snapshot_start'> {
  readonly taskgroup_id: string;
  readonly group: GroupHead;
  readonly rows: number;
}
export interface SnapshotEnd extends Event<'snapshot_end'> {
  readonly taskgroup_id: string;
}

/** A row without a run: not bought yet, refused, or cancelled before. */
export interface UnboughtRow {
  readonly row: number;
  readonly attempt: number;
  readonly result: FlatRow;
  readonly error: { readonly message: string; readonly code?: string } | null;
}
export interface Rows extends Event<'rows'> {
  readonly rows: readonly UnboughtRow[];
}

/** Instead of a large output, which is fetched by whoever needs it. */
export interface OutputReference {
  readonly type: string;
  /** Relative to the stream's own URL. */
  readonly output_url: string;
}

/** One bought row as it is from now on. */
export interface TaskRunState extends Event<'task_run.state'> {
  readonly row: number;
  readonly attempt: number;
  readonly run: TaskRun & { readonly run_id: string };
  readonly input: { readonly input: string | JsonObject; readonly processor: string };
  readonly output: TaskOutput | OutputReference | null;
  readonly result: FlatRow;
}

export interface StatusChanged extends Event<'task_group_status'> {
  readonly status: GroupStatus;
}

/** Every row of this generation has its end. Whoever acts once per completion keys it by `generation`. */
export interface Completed extends Event<'task_group.completed'> {
  readonly taskgroup_id: string;
  readonly generation: number;
  readonly counts: Readonly<Partial<Record<RowStatus, number>>>;
}

/** Everything has been told; the stream ends here. */
export interface Closed extends Event<'closed'> {
  readonly reason: string;
}

/** The group and its results were deleted; the stream ends here. */
export interface Expired extends Event<'task_group.expired'> {
  readonly taskgroup_id: string;
  readonly reason: string;
  readonly expired_at: string;
}

/** Whether the stream is live at the moment; says nothing of the group. */
export interface Notice extends Event<'notice'> {
  readonly live: boolean;
  readonly message: string | null;
}

/** Forget all; a snapshot follows. */
export interface Reset extends Event<'reset'> {
  readonly reason: string;
}

export type StreamEvent =
  SnapshotStart | SnapshotEnd | Rows | TaskRunState | StatusChanged | Completed | Closed | Expired | Notice | Reset;

const known: ReadonlySet<string> = new Set<StreamEvent['type']>([
  'snapshot_start',
  'snapshot_end',
  'rows',
  'task_run.state',
  'task_group_status',
  'task_group.completed',
  'task_group.expired',
  'closed',
  'notice',
  'reset',
]);

/** A frame of a name that is not known is to be ignored, as the protocol asks. */
export const isKnownEvent = (name: string): name is StreamEvent['type'] => known.has(name);
