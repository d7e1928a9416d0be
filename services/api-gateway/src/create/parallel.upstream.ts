import { isTaskGroupId, MultitaskError, type ErrorCode, type JsonObject } from '@multitask/contracts';
import { UpstreamError, type Upstream as ParallelUpstream, type UpstreamErrorKind } from '@multitask/parallel-client';
import { Secret } from '@multitask/vault';
import type { SuggestedTask, Upstream, UpstreamGroup } from './upstream';

const codes: Readonly<Record<UpstreamErrorKind, ErrorCode>> = {
  key_refused: 'key_refused',
  credit: 'credit_exhausted',
  forbidden: 'processor_refused',
  invalid: 'upstream_failed',
  not_found: 'upstream_failed',
  timed_out: 'upstream_failed',
  rate_limited: 'rate_limited',
  unavailable: 'upstream_failed',
};

/** The real upstream, speaking in the registry's errors. */
export class ParallelTaskApi implements Upstream {
  constructor(private readonly upstream: ParallelUpstream) {}

  suggest(apiKey: string, request: { user_intent: string; previous_task?: JsonObject }): Promise<SuggestedTask> {
    return explained(this.clientFor(apiKey).suggest(request.user_intent, request.previous_task));
  }

  suggestProcessor(
    apiKey: string,
    request: { task_spec: JsonObject; choose_processors_from: readonly string[] },
  ): Promise<readonly string[]> {
    return explained(this.clientFor(apiKey).suggestProcessor(request.task_spec, request.choose_processors_from));
  }

  async createGroup(apiKey: string, metadata: JsonObject | undefined): Promise<{ taskgroup_id: string }> {
    const { taskgroupId } = await explained(this.clientFor(apiKey).createGroup(metadata));
    // It becomes part of subjects and URLs: whatever else the upstream may call a group stops here.
    if (!isTaskGroupId(taskgroupId))
      throw new MultitaskError('upstream_failed', 'The upstream named the task group in a form that is not known.');
    return { taskgroup_id: taskgroupId };
  }

  async readGroup(apiKey: string, groupId: string): Promise<UpstreamGroup> {
    const client = this.clientFor(apiKey);
    const { num_task_runs: runs } = await explained(client.getGroup(groupId).catch(unreadable));
    return { runs, processor: runs > 0 ? await this.firstProcessor(client, groupId) : undefined };
  }

  /** Only shown: a group whose list cannot be read just now is followed all the same. */
  private async firstProcessor(client: ReturnType<ParallelUpstream['clientFor']>, groupId: string) {
    const leaving = new AbortController();
    try {
      for await (const frame of client.listRuns(groupId, { signal: leaving.signal }))
        if (frame.kind === 'run') return frame.run.processor?.slice(0, 64) || undefined;
    } catch {
      return undefined;
    } finally {
      leaving.abort();
    }
    return undefined;
  }

  private clientFor(apiKey: string) {
    return this.upstream.clientFor(new Secret(apiKey));
  }
}

/** To the caller it is all the same whether there is no such group or whether it is somebody else’s. */
function unreadable(error: unknown): never {
  if (!UpstreamError.is(error) || (error.kind !== 'not_found' && error.kind !== 'forbidden')) throw error;
  throw new MultitaskError(
    'group_not_found',
    `Your key can read no task group of this id at Parallel: ${error.message}`,
    {
      field: 'taskgroup_id',
      cause: error,
    },
  );
}

async function explained<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!UpstreamError.is(error)) throw error;
    throw new MultitaskError(codes[error.kind], `The upstream says: ${error.message}`, {
      ...(error.kind === 'key_refused' && { field: 'x-api-key' }),
      ...(error.details.retryAfter !== undefined && { retryAfter: error.details.retryAfter }),
      cause: error,
    });
  }
}
