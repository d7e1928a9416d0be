import {
  taskGroupStatus,
  type JsonObject,
  type TaskRun,
  type TaskRunOutput,
  type UpstreamGroupStatus,
} from '@multitask/contracts';
import type { PurchaseOutcome } from '@multitask/task-group';
import Parallel, { type ClientOptions } from 'parallel-web';
import type { Agent } from 'undici';
import { z } from 'zod';
import { budgetNameOf, type ApiKey } from './api-key';
import { secretsOf } from './concealment';
import { readFailure, wasNeverSent } from './failure.reading';
import { outputOf, runOf, type GroupFrame } from './group.frame';
import { openGroupStream } from './group.stream';
import { takeTurn, type BudgetName } from './pacing/pacer';
import { suggestedProcessors, suggestedTask, type SuggestedTask } from './suggested-task';
import { fetchOver } from './upstream.connections';
import type { UpstreamSettings } from './upstream';
import { UpstreamError } from './upstream.error';

export interface RunsPurchase {
  readonly inputs: readonly JsonObject[];
  readonly defaultTaskSpec?: JsonObject;
  /** Milliseconds after which the request is given up, and its outcome unclear. */
  readonly abortAfterMs: number;
}

export interface RunWithOutput {
  readonly run: TaskRun;
  readonly output?: TaskRunOutput;
}

const createdGroup = z.looseObject({
  taskgroup_id: z.string(),
  status: taskGroupStatus.nullish(),
  created_at: z.string().nullish(),
});
const group = z.looseObject({ status: taskGroupStatus });
const addedRuns = z.looseObject({ run_ids: z.array(z.string()) });

/**
 * The upstream for one key. Unary calls go through the official SDK with its retries off; streams through our own reader.
 * Every method rejects with {@link UpstreamError}, except for {@link addRuns}, which never rejects.
 */
export class ParallelClient {
  private readonly budget: string;
  private readonly reads: Parallel;
  private readonly purchases: Parallel;

  constructor(
    private readonly key: ApiKey,
    private readonly settings: UpstreamSettings,
  ) {
    this.budget = budgetNameOf(key);
    this.reads = this.sdk(settings.connections.reads);
    this.purchases = this.sdk(settings.connections.purchases);
  }

  async createGroup(metadata?: JsonObject): Promise<{ taskgroupId: string }> {
    await this.questionTurn();
    const answer = await this.ask((sdk, options) =>
      sdk.taskGroup.create(metadata ? { metadata: metadata as Record<string, string> } : {}, options),
    );
    return { taskgroupId: shaped(createdGroup, answer).taskgroup_id };
  }

  async getGroup(groupId: string, signal?: AbortSignal): Promise<UpstreamGroupStatus> {
    await this.questionTurn(signal);
    return shaped(group, await this.ask((sdk, options) => sdk.taskGroup.retrieve(groupId, options), signal)).status;
  }

  /** Waits until so many runs may be bought. To be called before the purchase is recorded, because it may take long. */
  reserveRuns(amount: number, signal?: AbortSignal): Promise<void> {
    return this.turn('runs', amount, signal);
  }

  /** Buys. One request, no retries; whatever happens comes back as an outcome. */
  async addRuns(groupId: string, purchase: RunsPurchase): Promise<PurchaseOutcome> {
    const abortAfterMs = Math.max(1, Math.floor(purchase.abortAfterMs));
    const signal = AbortSignal.timeout(abortAfterMs);
    try {
      const answer = await this.purchases.taskGroup.addRuns(
        groupId,
        {
          inputs: purchase.inputs as never,
          ...(purchase.defaultTaskSpec && { default_task_spec: purchase.defaultTaskSpec as never }),
          refresh_status: false,
        },
        { signal, timeout: abortAfterMs },
      );
      return { kind: 'added', runIds: shaped(addedRuns, answer).run_ids };
    } catch (error) {
      if (wasNeverSent(error)) return { kind: 'unsent', reason: 'no connection to Parallel' };
      const failure = readFailure(error, this.key, secretsOf(purchase.inputs));
      const { status, loc, retryAfter } = failure.details;
      // 408, 409 and 5xx say nothing about whether the batch was taken.
      if (status === undefined || failure.kind === 'unavailable' || failure.kind === 'timed_out')
        return { kind: 'unclear', reason: signal.aborted ? 'no answer in time' : failure.message };
      return {
        kind: 'refused',
        status,
        message: failure.message,
        ...(loc && { loc }),
        ...(retryAfter && { retryAfter }),
      };
    }
  }

  /**
   * One report for each run that is in the group now. Ends normally only when the upstream ended it in order; rejects with
   * `UpstreamStreamError` when it was cut, which says nothing about the runs not seen. `onTurn` is told when it may be asked for.
   */
  async *listRuns(
    groupId: string,
    options: {
      includeInput?: boolean;
      includeOutput?: boolean;
      cursor?: string;
      signal?: AbortSignal;
      onTurn?: () => void;
    } = {},
  ): AsyncGenerator<GroupFrame> {
    await this.questionTurn(options.signal);
    options.onTurn?.();
    const query = {
      include_input: options.includeInput ? 'true' : undefined,
      include_output: options.includeOutput ? 'true' : undefined,
      last_event_id: options.cursor,
    };
    yield* this.stream(groupId, 'runs', query, options.signal);
  }

  /** The group's live events after `cursor`. Ends when the upstream ends it: idle group, or an hour. */
  async *groupEvents(
    groupId: string,
    options: { cursor?: string; signal?: AbortSignal } = {},
  ): AsyncGenerator<GroupFrame> {
    await this.turn('streams', 1, options.signal);
    yield* this.stream(groupId, 'events', { last_event_id: options.cursor }, options.signal);
  }

  async getRun(runId: string, signal?: AbortSignal): Promise<TaskRun> {
    await this.questionTurn(signal);
    const run = await this.ask((sdk, options) => sdk.taskRun.retrieve(runId, options), signal);
    return readable(runOf({ run }));
  }

  /** The run with its output; `timed_out` when it is still active after `waitSeconds`, `not_found` when it failed or is unknown. */
  async getResult(runId: string, waitSeconds = 1, signal?: AbortSignal): Promise<RunWithOutput> {
    await this.questionTurn(signal);
    const answer = await this.ask(
      (sdk, options) => sdk.taskRun.result(runId, { timeout: waitSeconds }, options),
      signal,
      {
        timeoutMs: this.settings.readTimeoutMs + waitSeconds * 1_000,
      },
    );
    return { run: readable(runOf(answer)), ...outputOf(answer) };
  }

  /** A task made of a user's words; `previousTask` refines one or pins its input columns. */
  async suggest(userIntent: string, previousTask?: JsonObject, signal?: AbortSignal): Promise<SuggestedTask> {
    const body = { user_intent: userIntent, ...(previousTask && { previous_task: previousTask }) };
    return shaped(suggestedTask, await this.suggestion('/v1beta/tasks/suggest', body, signal));
  }

  /** Processors fit for the task, best first; may be empty. */
  async suggestProcessor(taskSpec: JsonObject, choices?: readonly string[], signal?: AbortSignal): Promise<string[]> {
    const body = { task_spec: taskSpec, ...(choices && { choose_processors_from: [...choices] }) };
    const answer = await this.suggestion('/v1beta/tasks/suggest-processor', body, signal);
    return shaped(suggestedProcessors, answer).recommended_processors ?? [];
  }

  private async suggestion(path: string, body: JsonObject, signal?: AbortSignal): Promise<unknown> {
    await this.questionTurn(signal);
    const timeoutMs = this.settings.suggestTimeoutMs;
    return this.ask((sdk, options) => sdk.post(path, { body, ...options }), signal, { timeoutMs });
  }

  private questionTurn(signal?: AbortSignal): Promise<void> {
    return this.turn(this.settings.questions, 1, signal);
  }

  private turn(budget: BudgetName, amount: number, signal?: AbortSignal): Promise<void> {
    return takeTurn(this.settings.pacer, this.budget, budget, amount, signal);
  }

  /** The SDK's own timeout ends with the headers, so the signal covers the body as well. */
  private async ask(
    call: (sdk: Parallel, options: { signal: AbortSignal; timeout: number }) => PromiseLike<unknown>,
    signal?: AbortSignal,
    { timeoutMs = this.settings.readTimeoutMs } = {},
  ): Promise<unknown> {
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      return await call(this.reads, { signal: signal ? AbortSignal.any([signal, limit]) : limit, timeout: timeoutMs });
    } catch (error) {
      signal?.throwIfAborted();
      throw readFailure(error, this.key);
    }
  }

  private stream(
    groupId: string,
    path: 'runs' | 'events',
    query: Record<string, string | undefined>,
    signal?: AbortSignal,
  ): AsyncGenerator<GroupFrame> {
    return openGroupStream(
      this.settings,
      this.key,
      `/v1/tasks/groups/${encodeURIComponent(groupId)}/${path}`,
      query,
      signal,
    );
  }

  private sdk(connections: Agent): Parallel {
    const options: ClientOptions = {
      apiKey: this.key.reveal(),
      baseURL: this.settings.baseUrl,
      maxRetries: 0,
      fetch: fetchOver(connections),
      // At its debug level the SDK prints headers and bodies.
      logLevel: 'off',
    };
    return new Parallel(options);
  }
}

function shaped<T>(schema: z.ZodType<T>, answer: unknown): T {
  const read = schema.safeParse(answer);
  return readable(read.success ? read.data : undefined, read.error);
}

function readable<T>(read: T | undefined, cause?: unknown): T {
  if (read !== undefined) return read;
  throw new UpstreamError('unavailable', 'Parallel answered in a form that is not understood.', { cause });
}
