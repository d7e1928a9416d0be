import type { RowInput, TaskRun, TaskRunOutput } from '@multitask/contracts';
import type { GroupHeader, Refusal, RowStatus, RunResult } from '@multitask/task-group';
import type { Generated } from 'kysely';
import type { Json, NullableJson } from './json.column';

/** What is settled when a group is created, and forgotten when it expires. */
export type GroupFacts = Pick<GroupHeader, 'spec' | 'warnings'>;

/** One row a group. `header` and `facts` are the whole of it; the other columns are parts that are searched or looked at. */
export interface GroupsTable {
  id: string;
  partition: string;
  seq: number;
  generation: number;
  completed_generation: number;
  owner_fingerprint: string;
  title: string | null;
  processor: string;
  row_count: number;
  counts: Json<GroupHeader['counts']>;
  blocked_reason: string | null;
  created_at: Date;
  completed_at: Date | null;
  expires_at: Date | null;
  /** No group is kept beyond this, whatever happens. */
  lifetime_ends_at: Date;
  expired_at: Date | null;
  /** With a stand-in for what is in `facts`. */
  header: Json<GroupHeader>;
  /** Null in rows of before the column was there: then the header has them. */
  facts: NullableJson<GroupFacts>;
}

export interface RowsTable {
  group_id: string;
  row_index: number;
  status: RowStatus;
  attempt: number;
  run_id: string | null;
  input: Json<RowInput>;
  run: NullableJson<TaskRun>;
  output: NullableJson<TaskRunOutput>;
  refusal: NullableJson<Refusal>;
  previous: NullableJson<RunResult[]>;
  updated_seq: number;
}

/** Chunks of inputs that no command has committed yet. */
export interface StagedRowsTable {
  seq: number;
  group_id: string;
  batch_id: string;
  first_row: number;
  row_count: number;
  inputs: Json<RowInput[]>;
  accepted_at: Date;
}

/** How far a partition has been projected: moved in the same transaction as the rows. */
export interface CheckpointTable {
  partition: string;
  incarnation: string;
  seq: number;
  fingerprint: string | null;
  moved_at: Generated<Date>;
}

/** Messages that could not be applied; they wait here for a person, and the partition goes on. */
export interface ParkedEventsTable {
  partition: string;
  seq: number;
  group_id: string;
  reason: string;
  raw: string;
  parked_at: Generated<Date>;
}
