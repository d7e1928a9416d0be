import type { JsonObject, JsonValue } from '@multitask/contracts';
import { isEnd, type Lease, type Task, type TaskError } from '../model/task';
import { OrchestrationError } from '../orchestration.errors';
import type { OrchestrationTransaction } from '../store/orchestration.store';
import { decideAttemptEnd, type AttemptEnd } from '../task/attempt.decider';
import { decideHeartbeat, decideRunning } from '../task/claim.decider';
import { checkLease, type LeaseClaim } from '../task/lease.check';
import type { TaskChange } from '../task/task.change';
import { answered, answerTo, KnownAnswers, tokenCall, type TokenCall } from './answers';
import { mergeChanges } from './change.merge';
import { nextContextOf, type NextContext } from './context.commands';
import { tellDependents } from './dependency.cascade';
import type { EngineParts } from './engine.parts';
import { Gathering, type Outcome } from './gathering';
import { taskWithRun } from './records';
import { written, type DecidedTask } from './task.writes';

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

/** One word of a worker about a task. Said again with its token after a lost answer, it changes nothing. */
interface WorkerWord {
  readonly taskId: string;
  readonly call: TokenCall;
  readonly decide: (task: Task, now: number) => TaskChange;
}

/** What the holder of a lease may do with its task. Words of many workers that come together are one change. */
export class AttemptCommands {
  private readonly words: Gathering<WorkerWord, Task>;

  constructor(private readonly parts: EngineParts) {
    this.words = new Gathering((words) => this.takeDown(words), { keyOf: ({ taskId }) => taskId });
  }

  async heartbeat(order: LeaseTriple & { readonly leaseMs?: number }): Promise<Lease> {
    const task = await this.say('heartbeat_lease', order, (held, now) =>
      decideHeartbeat(held, order, order.leaseMs, now),
    );
    return task.lease!;
  }

  markRunning(order: LeaseTriple): Promise<Task> {
    return this.say('mark_task_running', order, (task, now) => decideRunning(task, order, now));
  }

  complete(order: CompleteOrder): Promise<Task> {
    const { output = null, metadata } = order;
    const end = { kind: 'completed' as const, output, ...(metadata && { metadata }) };
    return order.nextContext === undefined ? this.end('complete_task', order, end) : this.endWithContext(order, end);
  }

  fail(order: FailOrder): Promise<Task> {
    const { error, metadata, retryable } = order;
    return this.end('fail_task', order, {
      kind: 'failed',
      error,
      ...(metadata && { metadata }),
      ...(retryable !== undefined && { retryable }),
    });
  }

  release(order: LeaseTriple & { readonly reason?: string }): Promise<Task> {
    const { reason } = order;
    return this.end('release_task', order, { kind: 'released', ...(reason !== undefined && { reason }) });
  }

  pause(order: PauseOrder): Promise<Task> {
    const { status, reason } = order;
    return this.end('pause_task', order, { kind: 'paused', status, ...(reason !== undefined && { reason }) });
  }

  private end(what: string, order: LeaseTriple, end: AttemptEnd): Promise<Task> {
    return this.say(what, order, (task, now) => endOfAttempt(task, order, end, now));
  }

  private say(
    what: string,
    order: LeaseTriple & { readonly clientToken?: string },
    decide: WorkerWord['decide'],
  ): Promise<Task> {
    const call = tokenCall(this.parts, `${what}:${order.taskId}`, order.clientToken, order);
    return this.words.do({ taskId: order.taskId, call, decide });
  }

  private takeDown(words: readonly WorkerWord[]): Promise<Outcome<Task>[]> {
    return this.parts.store.transaction(async (tx) => {
      const known = await KnownAnswers.of(
        tx,
        words.map(({ call }) => call),
      );
      const ids = words.map(({ taskId }) => taskId);
      // Asked in one breath: who waits for a task is known for certain once the task is locked, and the order is kept.
      const [tasks, awaited] = await Promise.all([tx.tasks(ids), tx.awaited(ids)]);
      const decided: (DecidedTask & { readonly call: TokenCall })[] = [];
      const outcomes = words.map(({ taskId, call, decide }) =>
        outcomeOf(() => {
          const isRepeated = known.to(call) !== undefined;
          const task = tasks.get(taskId);
          if (!task) throw new OrchestrationError('RecordNotFoundError', `There is no task ${taskId}.`, 'taskId');
          if (isRepeated) return task;
          const change = decide(task, tx.now);
          if (change.facts.length > 0) decided.push({ before: task, change, call });
          return change.task;
        }),
      );
      if (decided.length > 0) await save(tx, decided, awaited);
      return outcomes;
    });
  }

  /** A new context changes the run as well, which is locked first. */
  private endWithContext(order: CompleteOrder, end: AttemptEnd): Promise<Task> {
    return this.parts.store.transaction(async (tx) => {
      const call = tokenCall(this.parts, `complete_task:${order.taskId}`, order.clientToken, order);
      const before = await answered(tx, call);
      const { task } = await taskWithRun(tx, order.taskId);
      if (before) return task;
      checkLease(task, order, tx.now);
      const context = await nextContextOf(tx, this.parts, task, order);
      const change = endOfAttempt(task, order, end, tx.now);
      const ended = isEnd(change.task.status) ? [change.task] : [];
      await tx.save(
        mergeChanges(context, await written(tx, [{ before: task, change }]), await tellDependents(tx, ended), {
          answers: answerTo(call),
        }),
      );
      return change.task;
    });
  }
}

function endOfAttempt(task: Task, claim: LeaseClaim, end: AttemptEnd, now: number): TaskChange {
  checkLease(task, claim, now);
  return decideAttemptEnd(task, end, now);
}

async function save(
  tx: OrchestrationTransaction,
  decided: readonly (DecidedTask & { readonly call: TokenCall })[],
  awaited: ReadonlySet<string>,
): Promise<void> {
  const ended = decided.map(({ change }) => change.task).filter(({ id, status }) => isEnd(status) && awaited.has(id));
  await tx.save(
    mergeChanges(await written(tx, decided), await tellDependents(tx, ended), {
      answers: decided.flatMap(({ call }) => answerTo(call)),
    }),
  );
}

function outcomeOf<T>(work: () => T): Outcome<T> {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}
