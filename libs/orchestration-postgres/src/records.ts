import { attemptEndsAt, type RunRecord, type Task } from '@multitask/orchestration';
import { sql } from 'kysely';

/** By name: a statement that is prepared must not find other columns after the next version's migration. */
export const runColumns = sql`id, namespace, external_id, status, sealed, context_id, last_turn, counts, metadata, created_at, updated_at`;

export interface RunRow {
  readonly id: string;
  readonly namespace: string;
  readonly external_id: string | null;
  readonly status: RunRecord['status'];
  readonly sealed: boolean;
  readonly context_id: string | null;
  readonly last_turn: number;
  readonly counts: RunRecord['counts'];
  readonly metadata: RunRecord['metadata'];
  readonly created_at: Date;
  readonly updated_at: Date;
}

export const runOf = (row: RunRow): RunRecord => ({
  id: row.id,
  namespace: row.namespace,
  externalId: row.external_id,
  status: row.status,
  sealed: row.sealed,
  currentContextSnapshotId: row.context_id,
  lastTurn: Number(row.last_turn),
  counts: row.counts,
  metadata: row.metadata,
  createdAt: row.created_at.getTime(),
  updatedAt: row.updated_at.getTime(),
});

/** RFC 3339, which Postgres reads whatever its settings are. */
export const timeOf = (ms: number): string => new Date(ms).toISOString();
export const timeOrNull = (ms: number | null | undefined): string | null => (ms == null ? null : timeOf(ms));

export const endsAtOf = (task: Task): string | null => timeOrNull(attemptEndsAt(task));
