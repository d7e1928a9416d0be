import type { GroupWarning } from './answers';
import type { JsonObject, JsonValue } from './create-request';

export const rowStatuses = [
  'queued',
  'action_required',
  'running',
  'completed',
  'failed',
  'cancelling',
  'cancelled',
  'rejected',
] as const;
export type RowStatus = (typeof rowStatuses)[number];

/** `{$id, $status, …input, …output}`; what else stands in it is up to the group. */
export interface FlatRow {
  /** The run's id; null as long as the row is not bought. */
  readonly $id: string | null;
  readonly $status: RowStatus;
  readonly [name: string]: JsonValue | undefined;
}

export interface GroupStatus {
  /** Rows of the group. */
  readonly num_task_runs: number;
  /** Sums to `num_task_runs`; statuses without rows are absent. */
  readonly task_run_status_counts: Readonly<Partial<Record<RowStatus, number>>>;
  /** False once every row is settled. */
  readonly is_active: boolean;
  readonly status_message: string;
  readonly modified_at: string;
  /** Why nothing moves, and when the next try is. */
  readonly blocked: { readonly reason: string; readonly message: string; readonly next_try_at: string } | null;
}

export interface Cost {
  readonly spent_usd: number | null;
  readonly estimated_total_usd: number | null;
}

interface GroupFacts {
  readonly taskgroup_id: string;
  readonly status: GroupStatus;
  readonly generation: number;
  readonly created_at: string;
  readonly completed_at: string | null;
  readonly expires_at: string | null;
  readonly cost: Cost;
  readonly upstream: 'parallel' | 'emulator' | 'custom';
  /** Only while this may not be the newest state: why. */
  readonly notice?: string;
}

/** `GET /<id>/status`, under 1 KiB. */
export type StatusAnswer = GroupFacts;

/** All of a result that is not rows. */
export interface GroupHead extends GroupFacts {
  readonly title: string | null;
  readonly metadata: JsonObject | null;
  readonly processor: string;
  readonly output_schema: JsonObject | null;
  readonly warnings: readonly GroupWarning[];
}

export interface Citation {
  readonly url?: string | null;
  readonly title?: string | null;
  readonly excerpts?: readonly string[] | null;
}

/** Where one field of an output comes from. */
export interface FieldBasis {
  readonly field: string;
  readonly reasoning?: string | null;
  readonly citations?: readonly Citation[] | null;
  readonly confidence?: string | null;
}

/** A run in the upstream's form. */
export interface TaskRun {
  readonly run_id: string | null;
  readonly status: RowStatus;
  readonly is_active?: boolean | null;
  readonly processor?: string | null;
  readonly created_at?: string | null;
  readonly modified_at?: string | null;
  readonly metadata?: JsonObject | null;
  readonly error?: { readonly message?: string | null; readonly code?: string; readonly ref_id?: string | null } | null;
}

/** A row's current run, with its basis and the row's earlier runs. */
export interface RowRun extends TaskRun {
  /** Number of the row, counted from 0 in input order. */
  readonly row: number;
  readonly attempt: number;
  readonly output_type: string | null;
  readonly confidence: Readonly<Record<string, string>>;
  readonly basis: readonly FieldBasis[];
  readonly previous: readonly (TaskRun & { readonly output: TaskOutput | null })[];
}

export interface TaskOutput {
  readonly type: string;
  readonly content: string | JsonObject;
  readonly basis?: readonly FieldBasis[] | null;
}

/** `GET /<id>.json`: `results[i]` and `runs[i]` are the same row. */
export interface ResultAnswer extends GroupHead {
  readonly results: readonly FlatRow[];
  readonly runs: readonly RowRun[];
  /** Where the stream goes on from this instant; null when that is not known. */
  readonly event_id: string | null;
  readonly next_cursor: string | null;
}

/** Which part of a result is wanted. */
export interface ResultQuery {
  readonly status?: readonly RowStatus[];
  /** Names in the flat row; `$id` and `$status` always come along. */
  readonly fields?: readonly string[];
  /** Whose reasoning and citations come along. */
  readonly basis?: 'all' | 'none' | `field:${string}` | `row:${number}`;
  /** 1 to 10,000. */
  readonly limit?: number;
  readonly cursor?: string;
}
