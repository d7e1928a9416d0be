import type { JsonObject } from '@multitask/contracts';
import type { Run, RunRecord } from '../model/run';
import { OrchestrationError } from '../orchestration.errors';
import { hasEnded, runStatusOf } from '../run/run.status';
import type { ChangeSet } from '../store/change-set';
import { decideCancelTask } from '../task/hand.decider';
import { answered, answerTo, tokenCall } from './answers';
import { mergeChanges } from './change.merge';
import type { EngineParts } from './engine.parts';
import { factOfRun, snapshotCreated, statusChanged } from './facts';
import { runOf } from './records';
import { written, type DecidedTask } from './task.writes';

export interface RunOrder {
  readonly id?: string;
  readonly namespace?: string;
  readonly externalId?: string;
  readonly metadata?: JsonObject;
  readonly context?: JsonObject;
  readonly sealed?: boolean;
  readonly idempotencyKey?: string;
}

/** A cancel ends so many tasks in one change, and as many changes follow as the run needs. */
const cancelledAtOnce = 500;

/** What an earlier call with the same key made. Throws `RecordNotFoundError` when it was pruned since. */
function made(runs: ReadonlyMap<string, Run>, id: string): Run {
  const run = runs.get(id);
  if (!run)
    throw new OrchestrationError('RecordNotFoundError', `Run ${id}, made with this key, is pruned.`, 'idempotencyKey');
  return run;
}

export class RunCommands {
  constructor(private readonly parts: EngineParts) {}

  create(order: RunOrder): Promise<Run> {
    const { namespace = 'default', externalId = null, metadata = {}, context, sealed = false } = order;
    const { store, newId } = this.parts;
    return store.transaction(async (tx) => {
      const call = tokenCall(this.parts, `create_run:${namespace}`, order.idempotencyKey, order);
      const before = await answered(tx, call);
      if (before) return made(await tx.runs([String(before.refs)]), String(before.refs));
      if (order.id !== undefined) await tx.reserve([order.id]);
      const id = order.id ?? newId('run');
      if ((await tx.runs([id])).size > 0)
        throw new OrchestrationError('ValidationError', `A run with the id ${id} exists already.`, 'id');
      const snapshotId = context === undefined ? null : newId('snapshot');
      const blank = { id, namespace, externalId, metadata, sealed, currentContextSnapshotId: snapshotId, counts: {} };
      const status = runStatusOf({ sealed, status: 'pending' }, {});
      const run: RunRecord = { ...blank, status, lastTurn: 0, createdAt: tx.now, updatedAt: tx.now };
      const first = { id: snapshotId!, runId: id, taskId: null, scope: 'run' as const, parentId: null, label: null };
      await tx.save({
        runs: [run],
        snapshots: context === undefined ? [] : [{ ...first, payload: context, createdAt: tx.now }],
        facts: [
          factOfRun(run, 'run.created', { namespace, ...(externalId !== null && { externalId }) }),
          ...(context === undefined ? [] : [snapshotCreated(first)]),
        ],
        answers: answerTo(call, id),
      });
      return run;
    });
  }

  /** No more tasks: the run ends when those it has have ended. A second time changes nothing. */
  seal(runId: string): Promise<Run> {
    return this.parts.store.transaction(async (tx) => {
      await runOf(tx, runId);
      const run = (await tx.settledRun(runId))!;
      if (run.sealed) return run;
      const status = runStatusOf({ ...run, sealed: true }, run.counts);
      const sealed = { ...run, sealed: true, status, updatedAt: tx.now };
      const facts = [factOfRun(run, 'run.sealed'), ...(status === run.status ? [] : [statusChanged(run, status)])];
      await tx.save({ runs: [sealed], facts });
      return sealed;
    });
  }

  /** Ends what has not ended. A run that has its outcome keeps it. */
  async cancel(runId: string, reason?: string): Promise<Run> {
    for (;;) {
      const { run, isDone } = await this.cancelSome(runId, reason);
      if (isDone) return run;
    }
  }

  private cancelSome(runId: string, reason: string | undefined): Promise<{ run: Run; isDone: boolean }> {
    return this.parts.store.transaction(async (tx) => {
      await runOf(tx, runId);
      const run = (await tx.settledRun(runId))!;
      const tasks = await tx.openTasks(runId, cancelledAtOnce);
      const outcome = runStatusOf(run, run.counts);
      if (tasks.length === 0 && run.status !== 'cancelled' && hasEnded(outcome)) {
        // It had ended already, whether or not anybody had noticed.
        const facts = outcome === run.status ? [] : [statusChanged(run, outcome)];
        const ended = { ...run, status: outcome };
        await tx.save({ runs: [ended], facts });
        return { run: ended, isDone: true };
      }
      const isNew = run.status !== 'cancelled';
      const cancelled: RunRecord = { ...run, status: 'cancelled', updatedAt: tx.now };
      const because: JsonObject = reason === undefined ? {} : { reason };
      const changes: ChangeSet[] = isNew
        ? [{ runs: [cancelled], facts: [factOfRun(run, 'run.cancelled', because), statusChanged(run, 'cancelled')] }]
        : [];
      const decided = tasks.flatMap((before): DecidedTask[] => {
        const change = decideCancelTask(before, reason, tx.now);
        return change ? [{ before, change }] : [];
      });
      await tx.save(mergeChanges(...changes, await written(tx, decided)));
      return { run: cancelled, isDone: tasks.length < cancelledAtOnce };
    });
  }
}
