import type { JsonObject } from '@multitask/contracts';
import { mergeContext } from '../context/context.merge';
import type { ContextSnapshot } from '../model/context-snapshot';
import type { RunRecord } from '../model/run';
import type { Task } from '../model/task';
import { OrchestrationError } from '../orchestration.errors';
import type { ChangeSet } from '../store/change-set';
import type { OrchestrationTransaction } from '../store/orchestration.store';
import type { EngineParts } from './engine.parts';
import { snapshotCreated } from './facts';
import { runOf } from './records';

/** What a worker leaves for those after it. */
export interface NextContext {
  readonly nextContext?: JsonObject;
  readonly nextContextLabel?: string;
}

export interface SnapshotOrder {
  readonly runId: string;
  readonly payload: JsonObject;
  readonly id?: string;
  readonly taskId?: string;
  readonly scope?: 'run' | 'task';
  readonly parentSnapshotId?: string;
  readonly label?: string;
}

export class ContextCommands {
  constructor(private readonly parts: EngineParts) {}

  /** Of the run: becomes its current one, joined with what others wrote since the parent. Of a task: stands for itself. */
  append(order: SnapshotOrder): Promise<ContextSnapshot> {
    return this.parts.store.transaction(async (tx) => {
      const run = await runOf(tx, order.runId);
      const { scope = order.taskId === undefined ? 'run' : 'task', taskId = null, label = null } = order;
      if (taskId !== null && (await tx.tasks([taskId])).get(taskId)?.runId !== run.id)
        throw new OrchestrationError('ValidationError', `Run ${run.id} has no task ${taskId}.`, 'taskId');
      if (order.id !== undefined) await tx.reserve([order.id]);
      if (order.id !== undefined && (await tx.snapshot(order.id)))
        throw new OrchestrationError('ValidationError', `A snapshot with the id ${order.id} exists already.`, 'id');
      const base = order.parentSnapshotId ?? (scope === 'run' ? run.currentContextSnapshotId : null);
      const snapshot = { id: order.id ?? this.parts.newId('snapshot'), runId: run.id, taskId, scope, label };
      const written = { ...snapshot, payload: order.payload, parentId: base, createdAt: tx.now };
      const { changes, stored } = await placed(tx, run, written);
      await tx.save(changes);
      return stored;
    });
  }
}

/** The snapshot that a worker's `nextContext` becomes; it began with the one that was current when it claimed. */
export async function nextContextOf(
  tx: OrchestrationTransaction,
  parts: EngineParts,
  task: Task,
  { nextContext, nextContextLabel }: NextContext,
): Promise<ChangeSet> {
  if (nextContext === undefined) return {};
  const run = await runOf(tx, task.runId);
  const attempt = task.lease ? (await tx.attempts([task.lease.id])).get(task.lease.id) : undefined;
  const snapshot: ContextSnapshot = {
    id: parts.newId('snapshot'),
    runId: run.id,
    taskId: task.id,
    scope: 'run',
    parentId: attempt?.contextSnapshotId ?? null,
    payload: nextContext,
    label: nextContextLabel ?? null,
    createdAt: tx.now,
  };
  return (await placed(tx, run, snapshot)).changes;
}

/** Throws `ContextConflictError` when somebody else changed the same keys since the parent. */
async function placed(
  tx: OrchestrationTransaction,
  run: RunRecord,
  snapshot: ContextSnapshot,
): Promise<{ changes: ChangeSet; stored: ContextSnapshot }> {
  const base = await payloadOf(tx, run, snapshot.parentId);
  if (snapshot.scope === 'task')
    return { changes: { snapshots: [snapshot], facts: [snapshotCreated(snapshot)] }, stored: snapshot };
  const current = run.currentContextSnapshotId;
  let stored = snapshot;
  if (current !== snapshot.parentId) {
    const merge = mergeContext(base, await payloadOf(tx, run, current), snapshot.payload);
    if ('conflicts' in merge)
      throw new OrchestrationError(
        'ContextConflictError',
        `The context was changed meanwhile (now ${current}), in the same keys: ${merge.conflicts.join(', ')}.`,
        'payload',
      );
    stored = { ...snapshot, payload: merge.merged, parentId: current };
  }
  const moved = { ...run, currentContextSnapshotId: stored.id, updatedAt: tx.now };
  return { changes: { runs: [moved], snapshots: [stored], facts: [snapshotCreated(stored)] }, stored };
}

async function payloadOf(tx: OrchestrationTransaction, run: RunRecord, id: string | null): Promise<JsonObject> {
  if (id === null) return {};
  const snapshot = await tx.snapshot(id);
  // A foreign id is answered like one that is not there: nobody learns of other runs.
  if (snapshot?.runId !== run.id)
    throw new OrchestrationError('ValidationError', `Run ${run.id} has no context snapshot ${id}.`, 'parentSnapshotId');
  return snapshot.payload;
}
