import { randomUUID } from 'node:crypto';
import type { JsonObject, JsonValue } from '@multitask/contracts';
import { OrchestrationError, type Claim, type Run, type Task } from '@multitask/orchestration';
import { Heartbeat } from './heartbeat';
import type { Orchestrator } from './orchestrator';

export interface WorkerTask {
  readonly run: Run;
  readonly task: Task;
  /** What the run knew at the claim; empty when nothing. */
  readonly context: JsonObject;
  /** Grows with each claim of the task: what is written elsewhere can refuse an older one. */
  readonly fencingToken: number;
  /** Aborts when the lease is lost, the task's time is over, or the worker is stopped and its patience ends. */
  readonly signal: AbortSignal;
}

/** What became of the task. Nothing at all means that it is done, without an output. */
export type WorkerResult =
  | {
      readonly output?: JsonValue;
      readonly metadata?: JsonObject;
      readonly nextContext?: JsonObject;
      readonly nextContextLabel?: string;
    }
  | { readonly pause: 'blocked' | 'waiting_input'; readonly reason?: string };

/** What it throws is the task's failure; `retryable: false` on the error makes it final. */
export type WorkerHandler = (work: WorkerTask) => Promise<WorkerResult | void> | WorkerResult | void;

export interface WorkerOptions {
  readonly orchestrator: Orchestrator;
  readonly handler: WorkerHandler;
  /** Default: a random one. */
  readonly workerId?: string;
  /** Default: tasks of every kind. */
  readonly kinds?: readonly string[];
  readonly namespace?: string;
  /** Tasks at a time; default 1. */
  readonly concurrency?: number;
  /** How long a task stays claimed after this process fell silent; default 30,000. */
  readonly leaseMs?: number;
  /** How long `stop` lets handlers finish before it aborts them and gives their tasks back; default 30,000. */
  readonly patienceMs?: number;
  /** Told of what the store refused or could not do; the worker goes on. */
  readonly onFault?: (error: unknown, what: string) => void;
}

export interface RunningWorker {
  readonly workerId: string;
  /** Claims nothing more; resolves when the tasks in hand are done or given back. */
  stop(): Promise<void>;
}

const longestWaitMs = 20_000;
const pauseAfterFaultMs = 1_000;

/**
 * Claims tasks and hands them to `handler`, as many at a time as it is told, until it is stopped. Throws `RangeError` for a number of
 * them that is none.
 */
export function runWorker(options: WorkerOptions): RunningWorker {
  const { concurrency = 1 } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new RangeError('concurrency must be a whole number from 1 on.');
  const workerId = options.workerId ?? `worker_${randomUUID().replaceAll('-', '')}`;
  const stopped = new AbortController();
  const outOfPatience = new AbortController();
  const worker = new Worker(options, workerId, stopped.signal, outOfPatience.signal);
  const slots = Array.from({ length: concurrency }, () => worker.loop());
  return {
    workerId,
    async stop() {
      stopped.abort();
      const timer = setTimeout(() => outOfPatience.abort(), options.patienceMs ?? 30_000);
      await Promise.all(slots);
      clearTimeout(timer);
    },
  };
}

class Worker {
  constructor(
    private readonly options: WorkerOptions,
    private readonly workerId: string,
    private readonly stopped: AbortSignal,
    private readonly outOfPatience: AbortSignal,
  ) {}

  async loop(): Promise<void> {
    while (!this.stopped.aborted)
      try {
        const claim = await this.claim();
        if (claim) await this.work(claim);
      } catch (error) {
        this.fault(error, 'claim');
        await this.pause(this.stopped);
      }
  }

  private async claim(): Promise<Claim | undefined> {
    const { orchestrator, kinds = [], namespace, leaseMs = orchestrator.defaultLeaseMs ?? 30_000 } = this.options;
    const request = {
      workerId: this.workerId,
      leaseMs,
      kinds,
      limit: 1,
      ...(namespace !== undefined && { namespace }),
    };
    const [claim] = await orchestrator.engine.claims.claim(request);
    if (!claim) await orchestrator.wait({ what: 'ready', kinds, namespace }, longestWaitMs, this.stopped);
    return claim;
  }

  private async work(claim: Claim): Promise<void> {
    const { engine } = this.options.orchestrator;
    const { task, run, lease, attempt } = claim;
    const by = { taskId: task.id, leaseId: lease.id, workerId: this.workerId };
    const heartbeat = new Heartbeat(engine.attempts, by, claim, (error) => this.fault(error, 'heartbeat'));
    const signal = AbortSignal.any([heartbeat.lost, this.outOfPatience]);
    try {
      await engine.attempts.markRunning(by);
      const snapshot = attempt.contextSnapshotId && (await engine.queries.snapshot(attempt.contextSnapshotId));
      const context = snapshot ? snapshot.payload : {};
      const result = await outcome(this.options.handler, {
        run,
        task,
        context,
        fencingToken: lease.fencingToken,
        signal,
      });
      if (heartbeat.lost.aborted) return;
      if (this.outOfPatience.aborted && 'error' in result)
        return void (await engine.attempts.release({ ...by, reason: 'The worker was stopped.' }));
      // A lost answer is asked for again with the same token, so nothing happens twice.
      const pause = () => this.pause(this.outOfPatience);
      await again(pause, () => {
        if ('error' in result) return engine.attempts.fail({ ...by, ...result, clientToken: lease.id });
        if ('pause' in result)
          return engine.attempts.pause({
            ...by,
            status: result.pause,
            ...(result.reason && { reason: result.reason }),
          });
        return engine.attempts.complete({ ...by, ...result, clientToken: lease.id });
      });
    } catch (error) {
      this.fault(error, task.id);
    } finally {
      heartbeat.stop();
    }
  }

  /** Nobody changes a run without a name, so this is waiting for the time alone. */
  private pause(until: AbortSignal): Promise<void> {
    return this.options.orchestrator.wait({ what: 'run', runId: '' }, pauseAfterFaultMs, until);
  }

  private fault(error: unknown, what: string): void {
    this.options.onFault?.(error, what);
  }
}

type Outcome = WorkerResult | { readonly error: JsonValue; readonly retryable?: boolean };

async function outcome(handler: WorkerHandler, work: WorkerTask): Promise<Outcome> {
  try {
    return (await handler(work)) ?? {};
  } catch (thrown) {
    if (!(thrown instanceof Error)) return { error: String(thrown) };
    const { retryable } = thrown as { retryable?: unknown };
    const error = { name: thrown.name, message: thrown.message };
    return { error, ...(typeof retryable === 'boolean' && { retryable }) };
  }
}

/** What the engine refuses stays refused; what the store could not do may be done a moment later. */
async function again(pause: () => Promise<void>, call: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++)
    try {
      await call();
      return;
    } catch (error) {
      if (OrchestrationError.is(error) || tries === 3) throw error;
      await pause();
    }
}
