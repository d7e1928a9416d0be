import type { JsonObject, JsonValue } from '@multitask/contracts';
import type { Attempt } from '../model/attempt';
import { isEnd, type Lease, type Task, type TaskError } from '../model/task';
import type { ChangeSet } from '../store/change-set';
import type { OrchestrationTransaction } from '../store/orchestration.store';
import { decideAttemptEnd, type AttemptEnd } from '../task/attempt.decider';
import { decideHeartbeat, decideRunning } from '../task/claim.decider';
import { checkLease, type LeaseClaim } from '../task/lease.check';
import type { TaskChange } from '../task/task.change';
import { answered, answerTo, tokenCall } from './answers';
import { mergeChanges } from './change.merge';
import { nextContextOf, type NextContext } from './context.commands';
import { tellDependents } from './dependency.cascade';
import type { EngineParts } from './engine.parts';
import { factsOfTask } from './facts';
import { isPlaced } from './placement';
import { taskOf, taskWithRun } from './records';

export interface LeaseTriple extends LeaseClaim {
  readonly taskId: string;
}

export interface CompleteOrder extends LeaseTriple, NextContext {
  readonly output?: JsonValue;
  readonly metadata?: JsonObject;
  readonly clientToken?: string;
}

export interface FailOrder extends LeaseTriple {
  readonly error: TaskError;
  readonly metadata?: JsonObject;
  readonly retryable?: boolean;
  readonly clientToken?: string;
}

export interface PauseOrder extends LeaseTriple {
  readonly status: 'blocked' | 'waiting_input';
  readonly reason?: string;
}

/** What the holder of a lease may do with its task. */
export class AttemptCommands {
  constructor(private readonly parts: EngineParts) {}

  heartbeat(order: LeaseTriple & { readonly leaseMs?: number }): Promise<Lease> {
    return this.parts.store.transaction(async (tx) => {
      const task = await taskOf(tx, order.taskId);
      const change = decideHeartbeat(task, order, order.leaseMs, tx.now);
      await tx.save(await written(tx, task, change));
      return change.task.lease!;
    });
  }

  markRunning(order: LeaseTriple): Promise<Task> {
    return this.parts.store.transaction(async (tx) => {
      const task = await taskOf(tx, order.taskId);
      const change = decideRunning(task, order, tx.now);
      if (change.facts.length > 0) await tx.save(await written(tx, task, change));
      return change.task;
    });
  }

  complete(order: CompleteOrder): Promise<Task> {
    const { output = null, metadata } = order;
    const end = { kind: 'completed' as const, output, ...(metadata && { metadata }) };
    const work = (tx: OrchestrationTransaction, task: Task) => this.end(tx, task, order, end, order);
    return this.once('complete_task', order, work, order.nextContext !== undefined);
  }

  fail(order: FailOrder): Promise<Task> {
    const { error, metadata, retryable } = order;
    const end = {
      kind: 'failed' as const,
      error,
      ...(metadata && { metadata }),
      ...(retryable !== undefined && { retryable }),
    };
    return this.once('fail_task', order, (tx, task) => this.end(tx, task, order, end));
  }

  release(order: LeaseTriple & { readonly reason?: string }): Promise<Task> {
    return this.plainly(order, { kind: 'released', ...(order.reason !== undefined && { reason: order.reason }) });
  }

  pause(order: PauseOrder): Promise<Task> {
    const { status, reason } = order;
    return this.plainly(order, { kind: 'paused', status, ...(reason !== undefined && { reason }) });
  }

  private plainly(order: LeaseTriple, end: AttemptEnd): Promise<Task> {
    return this.parts.store.transaction(async (tx) => {
      const { task, changes } = await this.end(tx, await taskOf(tx, order.taskId), order, end);
      await tx.save(changes);
      return task;
    });
  }

  /** A call that is repeated with its token after a lost answer changes nothing and is answered with the task as it is. */
  private once(
    what: string,
    order: LeaseTriple & { readonly clientToken?: string },
    work: (tx: OrchestrationTransaction, task: Task) => Promise<{ task: Task; changes: ChangeSet }>,
    changesRun = false,
  ): Promise<Task> {
    return this.parts.store.transaction(async (tx) => {
      const call = tokenCall(this.parts, `${what}:${order.taskId}`, order.clientToken, order);
      const before = await answered(tx, call);
      // A new context changes the run as well, which is locked first.
      const found = changesRun ? (await taskWithRun(tx, order.taskId)).task : await taskOf(tx, order.taskId);
      if (before) return found;
      const { task, changes } = await work(tx, found);
      await tx.save(mergeChanges(changes, { answers: answerTo(call) }));
      return task;
    });
  }

  private async end(
    tx: OrchestrationTransaction,
    task: Task,
    claim: LeaseClaim,
    end: AttemptEnd,
    context: NextContext = {},
  ): Promise<{ task: Task; changes: ChangeSet }> {
    checkLease(task, claim, tx.now);
    const next = await nextContextOf(tx, this.parts, task, context);
    const change = decideAttemptEnd(task, end, tx.now);
    const changes = mergeChanges(next, await written(tx, task, change));
    if (!isEnd(change.task.status)) return { task: change.task, changes };
    return { task: change.task, changes: mergeChanges(changes, await tellDependents(tx, [change.task])) };
  }
}

/** What a decision about one task writes. */
export async function written(tx: OrchestrationTransaction, before: Task, change: TaskChange): Promise<ChangeSet> {
  const { task, attempt, facts } = change;
  const becomesFree = isPlaced(task) && !isPlaced(before);
  return {
    tasks: [{ before, after: task, ...(becomesFree && { turn: (await tx.currentTurn()) + 1 }) }],
    attempts: await changedAttempt(tx, before.lease?.id, attempt),
    facts: factsOfTask(task, facts),
  };
}

async function changedAttempt(
  tx: OrchestrationTransaction,
  leaseId: string | undefined,
  status: Attempt['status'] | undefined,
): Promise<Attempt[]> {
  const attempt = leaseId && status ? await tx.attempt(leaseId) : undefined;
  if (!attempt || !status) return [];
  return [{ ...attempt, status, endedAt: status === 'running' ? null : tx.now }];
}
