import type { JsonObject, JsonValue } from '@multitask/contracts';
import { nextTurns } from '../claim/fair.turn';
import { addCounts, countsDelta } from '../model/run.counts';
import type { RunRecord } from '../model/run';
import { isEnd, type DependencyFailurePolicy, type RetryPolicy, type Task } from '../model/task';
import { OrchestrationError } from '../orchestration.errors';
import { runStatusOf } from '../run/run.status';
import { resolveDependencies } from '../run/task.order';
import type { ChangeSet, TaskWrite } from '../store/change-set';
import type { OrchestrationTransaction } from '../store/orchestration.store';
import { decideDependencyEnd } from '../task/dependency.policy';
import { fact } from '../task/task.change';
import { answered, answerTo, tokenCall } from './answers';
import { tellDependents } from './dependency.cascade';
import type { EngineParts } from './engine.parts';
import { factsOfTask, statusChanged } from './facts';
import { isPlaced } from './placement';
import { checkOpen, runOf } from './records';

export interface TaskOrder {
  readonly kind: string;
  readonly id?: string;
  readonly key?: string;
  readonly priority?: number;
  readonly maxAttempts?: number;
  readonly retry?: Partial<RetryPolicy>;
  readonly timeoutMs?: number;
  readonly notBefore?: number;
  readonly input?: JsonValue;
  readonly metadata?: JsonObject;
  readonly contextSnapshotId?: string;
  readonly dependsOnTaskIds?: readonly string[];
  readonly dependsOnKeys?: readonly string[];
  readonly onDependencyFailure?: DependencyFailurePolicy;
}

export class EnqueueCommands {
  constructor(private readonly parts: EngineParts) {}

  /** All of them or none. A run that showed an outcome and is not sealed opens again. */
  enqueue(runId: string, orders: readonly TaskOrder[], idempotencyKey?: string): Promise<Task[]> {
    return this.parts.store.transaction(async (tx) => {
      const call = tokenCall(this.parts, `enqueue_tasks:${runId}`, idempotencyKey, orders);
      const before = await answered(tx, call);
      if (before) return inOrder(await tx.tasks(before.refs as string[]), before.refs as string[]);
      checkOpen(await runOf(tx, runId));
      const run = (await tx.settledRun(runId))!;
      const tasks = await this.newTasks(tx, run, orders);
      const { changes, after } = await admitted(tx, run, tasks);
      await tx.save({
        ...changes,
        answers: answerTo(
          call,
          after.map(({ id }) => id),
        ),
      });
      const ended = after.filter(({ status }) => isEnd(status));
      if (ended.length === 0) return after;
      // A task that ended on its way in may have others of the same enqueue waiting for it.
      await tx.save(await tellDependents(tx, ended));
      const ids = after.map(({ id }) => id);
      return inOrder(await tx.tasks(ids), ids);
    });
  }

  private async newTasks(tx: OrchestrationTransaction, run: RunRecord, orders: readonly TaskOrder[]): Promise<Task[]> {
    const named = orders.map((order) => ({
      id: order.id ?? this.parts.newId('task'),
      key: order.key ?? null,
      dependsOnTaskIds: order.dependsOnTaskIds ?? [],
      dependsOnKeys: order.dependsOnKeys ?? [],
    }));
    await tx.reserve(orders.flatMap(({ id }) => id ?? []).sort());
    const keys = named.flatMap(({ key, dependsOnKeys }) => [...(key === null ? [] : [key]), ...dependsOnKeys]);
    const mentioned = [...new Set(named.flatMap(({ id, dependsOnTaskIds }) => [id, ...dependsOnTaskIds]))];
    const known = await tx.tasks(mentioned);
    const foreign = [...known.values()].find((task) => task.runId !== run.id);
    // An id of another run is answered like one that nobody has.
    if (foreign && named.some(({ dependsOnTaskIds }) => dependsOnTaskIds.includes(foreign.id)))
      throw new OrchestrationError('ValidationError', `The run has no task ${foreign.id}.`, 'dependsOnTaskIds');
    const resolved = resolveDependencies(named, {
      idByKey: await tx.taskIdsByKey(run.id, keys),
      ids: new Set(known.keys()),
    });
    for (const id of new Set(orders.flatMap(({ contextSnapshotId }) => contextSnapshotId ?? [])))
      if ((await tx.snapshot(id))?.runId !== run.id)
        throw new OrchestrationError('ValidationError', `The run has no context snapshot ${id}.`, 'contextSnapshotId');
    return orders.map((order, i) => newTask(run.id, named[i]!, order, resolved[i]!, tx.now));
  }
}

/** Tasks enter a run: dependencies that have ended already are told at once, and ready tasks take the run's next turns. */
async function admitted(
  tx: OrchestrationTransaction,
  run: RunRecord,
  tasks: readonly Task[],
): Promise<{ changes: ChangeSet; after: Task[] }> {
  const own = new Set(tasks.map(({ id }) => id));
  const earlier = await tx.tasks(
    [...new Set(tasks.flatMap((task) => task.dependsOnTaskIds))].filter((id) => !own.has(id)),
  );
  const told: NonNullable<ChangeSet['told']>[number][] = [];
  const facts: NonNullable<ChangeSet['facts']>[number][] = [];
  const after = tasks.map((task) => {
    facts.push(
      ...factsOfTask(task, [fact('task.enqueued', { kind: task.kind, ...(task.key !== null && { key: task.key }) })]),
    );
    return task.dependsOnTaskIds.reduce((now, id) => {
      const dependency = earlier.get(id);
      if (!dependency || !isEnd(dependency.status)) return now;
      told.push({ dependentId: task.id, dependencyId: id });
      const change = decideDependencyEnd(now, { taskId: id, key: dependency.key, end: dependency.status }, tx.now);
      if (!change) return now;
      facts.push(...factsOfTask(now, change.facts));
      return change.task;
    }, task);
  });
  const turns = nextTurns({ current: await tx.currentTurn(), lastOfRun: run.lastTurn }, after.filter(isPlaced).length);
  const lastTurn = turns.at(-1) ?? run.lastTurn;
  const writes: TaskWrite[] = after.map((task) => ({
    before: undefined,
    after: task,
    ...(isPlaced(task) && { turn: turns.shift()! }),
  }));
  const counts = addCounts(run.counts, ...after.map((task) => countsDelta(undefined, task)));
  const status = runStatusOf(run, counts);
  const changed = { ...run, lastTurn, status, updatedAt: tx.now };
  if (status !== run.status) facts.push(statusChanged(run, status));
  return { changes: { runs: [changed], tasks: writes, facts, told }, after };
}

function newTask(
  runId: string,
  { id, key }: { id: string; key: string | null },
  order: TaskOrder,
  dependsOnTaskIds: readonly string[],
  now: number,
): Task {
  const { retry } = order;
  return {
    id,
    runId,
    key,
    kind: order.kind,
    status: 'queued',
    priority: order.priority ?? 0,
    maxAttempts: order.maxAttempts ?? null,
    attemptCount: 0,
    claimCount: 0,
    retry: retry
      ? { delayMs: retry.delayMs ?? 0, backoff: retry.backoff ?? 'fixed', maxDelayMs: retry.maxDelayMs ?? null }
      : null,
    timeoutMs: order.timeoutMs ?? null,
    notBefore: order.notBefore ?? null,
    input: order.input ?? null,
    output: null,
    metadata: order.metadata ?? {},
    error: null,
    contextSnapshotId: order.contextSnapshotId ?? null,
    lease: null,
    dependsOnTaskIds,
    unmetDependencies: dependsOnTaskIds.length,
    onDependencyFailure: order.onDependencyFailure ?? 'skip',
    dead: false,
    createdAt: now,
    updatedAt: now,
    startedAt: null,
    completedAt: null,
  };
}

const inOrder = (tasks: ReadonlyMap<string, Task>, ids: readonly string[]): Task[] =>
  ids.map((id) => tasks.get(id)).filter((task) => task !== undefined);
