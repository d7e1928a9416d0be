import type { Attempt, ContextSnapshot, RunRecord, Task } from '@multitask/orchestration';
import { attemptEndsAt, placeOf } from '@multitask/orchestration';

export type Row = Record<string, null | number | bigint | string | NodeJS.ArrayBufferView>;

const text = (value: Row[string]): string => value as string;
const parsed = <T>(value: Row[string]): T => JSON.parse(text(value)) as T;

export const runOf = (row: Row): RunRecord => ({
  id: text(row.id!),
  namespace: text(row.namespace!),
  externalId: row.external_id as string | null,
  status: row.status as RunRecord['status'],
  sealed: row.sealed === 1,
  currentContextSnapshotId: row.context_id as string | null,
  lastTurn: row.last_turn as number,
  counts: parsed(row.counts!),
  metadata: parsed(row.metadata!),
  createdAt: row.created_at as number,
  updatedAt: row.updated_at as number,
});

export const runValues = (run: RunRecord) => ({
  id: run.id,
  namespace: run.namespace,
  external_id: run.externalId,
  status: run.status,
  sealed: run.sealed ? 1 : 0,
  context_id: run.currentContextSnapshotId,
  last_turn: run.lastTurn,
  counts: JSON.stringify(run.counts),
  metadata: JSON.stringify(run.metadata),
  created_at: run.createdAt,
  updated_at: run.updatedAt,
});

export const taskOf = (row: Row): Task => parsed(row.body!);
export const attemptOf = (row: Row): Attempt => parsed(row.body!);
export const snapshotOf = (row: Row): ContextSnapshot => parsed(row.body!);

export const taskValues = (task: Task, now: number) => ({
  id: task.id,
  run_id: task.runId,
  key: task.key,
  kind: task.kind,
  status: task.status,
  dead: task.dead ? 1 : 0,
  priority: task.priority,
  place: placeOf(task, now),
  not_before: task.notBefore,
  ends_at: attemptEndsAt(task) ?? null,
  body: JSON.stringify(task),
});
