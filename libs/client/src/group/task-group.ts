import { MultitaskError } from '../error/multitask.error';
import { newIdempotencyKey, bodyOf } from '../request/inputs.body';
import { Attempt, pause } from '../request/pause';
import type { Call, Transport } from '../request/transport';
import { jsonLines } from '../rows/json.lines';
import { GroupStream, type StreamOptions } from '../stream/group.stream';
import { withLargeOutputs } from '../stream/large.outputs';
import type { StreamEvent } from '../stream/stream.events';
import type { AppendAnswer, CancelAnswer, DeleteAnswer, RetryAnswer } from './answers';
import type { AppendRequest, RetryRequest } from './create-request';
import { multitaskPath } from './paths';
import { searchOf } from './result.search';
import type { FlatRow, GroupStatus, ResultAnswer, ResultQuery, StatusAnswer } from './results';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface CommandOptions extends CallOptions {
  /** Under which a repeat is known to be one; made when left out. */
  readonly idempotencyKey?: string;
}

export interface WaitOptions extends CallOptions {
  /** ms after which to give up with the code `timeout`; the group goes on. No limit when left out. */
  readonly timeoutMs?: number;
  /** Give up when nothing was heard for this long; ms. 5 minutes; `Infinity` for never. */
  readonly patienceMs?: number;
  /** Told of every change. */
  readonly onStatus?: (status: GroupStatus) => void;
  /** Told why the stream is not live at the moment, and null when it is again. */
  readonly onNotice?: (message: string | null) => void;
  /** Told of every cut, with the ms until the next try. */
  readonly onReconnect?: StreamOptions['onReconnect'];
}

export interface GroupStreamOptions extends StreamOptions {
  /** `reference`: leave outputs over 64 KiB where they are, as `{type, output_url}`. They are fetched otherwise. */
  readonly largeOutputs?: 'fetch' | 'reference';
}

export type DownloadFormat = 'json' | 'csv' | 'ndjson' | 'md' | 'html' | 'db';

/** ms: a large group takes its time to be written. */
const resultTimeoutMs = 5 * 60_000;
const rowsPerPage = 1_000;
/** ms until the stream is looked at again when it ended before the group had. */
const firstLookMs = 100;
const longestLookMs = 5_000;

/** One task group. Reading needs no key: knowing the id is the permission. */
export class TaskGroup {
  /** The newest generation that was begun from here: an older one that is done is not the end. */
  private begun = 0;

  constructor(
    private readonly transport: Transport,
    readonly id: string,
    /** Where it is live in every format, for people and programs. */
    readonly url: string,
    /** Where requests go. */
    private readonly origin: string,
    /** Whether the client's key belongs to this installation. */
    private readonly isOwn: boolean,
  ) {}

  /** How far it is, under 1 KiB. */
  async status(options: CallOptions = {}): Promise<StatusAnswer> {
    return this.read<StatusAnswer>('/status', options);
  }

  /** The result as it is now: all of it, or the part that is asked for. */
  async result(query: ResultQuery = {}, options: CallOptions = {}): Promise<ResultAnswer> {
    return this.read<ResultAnswer>(`.json${searchOf(query)}`, options);
  }

  /**
   * Every row in input order, as it is when its page is read. Pages that get lost are asked for again. Rows of one page are of one
   * instant; for all of one instant use {@link snapshot}.
   */
  async *rows(
    query: Omit<ResultQuery, 'basis'> = {},
    options: CallOptions = {},
  ): AsyncGenerator<FlatRow, void, undefined> {
    for await (const page of this.pages({ ...query, basis: 'none' }, options)) yield* page.results;
  }

  /** The result in pages of `limit` rows (1,000), with runs, reasoning and citations. */
  async *pages(query: ResultQuery = {}, options: CallOptions = {}): AsyncGenerator<ResultAnswer, void, undefined> {
    for (let cursor = query.cursor; ;) {
      const page = await this.result({ ...query, limit: query.limit ?? rowsPerPage, cursor }, options);
      yield page;
      if (page.next_cursor === null) return;
      cursor = page.next_cursor;
    }
  }

  /** Every row of one instant, in flat memory. A cut in the middle throws `unreachable`: begin anew. */
  async *snapshot(
    query: Omit<ResultQuery, 'basis'> = {},
    options: CallOptions = {},
  ): AsyncGenerator<FlatRow, void, undefined> {
    const url = this.at(`.ndjson${searchOf(query)}`);
    const answer = await this.transport.open({ method: 'GET', url, timeoutMs: resultTimeoutMs, ...options });
    try {
      if (answer.value.body) yield* jsonLines<FlatRow>(answer.value.body);
    } finally {
      answer.end();
    }
  }

  /** The result in a format, as an answer whose body you read. */
  async download(format: DownloadFormat, options: CallOptions = {}): Promise<Response> {
    // For a browser, `.db` is a page; whoever does not ask for HTML gets the file.
    const headers = { accept: format === 'db' ? 'application/vnd.sqlite3, application/octet-stream;q=0.9' : '*/*' };
    const url = this.at(`.${format}`);
    const call: Call = { method: 'GET', url, headers, timeoutMs: resultTimeoutMs, ...options };
    return (await this.transport.open(call)).value;
  }

  /** What happens to the group, from its present state on; goes on by itself after every cut. See {@link GroupStream}. */
  stream(options: GroupStreamOptions = {}): AsyncGenerator<StreamEvent, void, undefined> {
    const url = this.at(`.sse${options.follow ? '?follow=true' : ''}`);
    const stream = new GroupStream(
      {
        open: (headers, attempt) => this.transport.once({ method: 'GET', url, headers }, attempt),
        pause,
        chance: Math.random,
        now: () => performance.now(),
      },
      options,
    );
    if (options.largeOutputs === 'reference') return stream.events();
    const fetched = (reference: string) =>
      this.transport.json<object>({
        method: 'GET',
        url: new URL(reference, url).href,
        timeoutMs: resultTimeoutMs,
        signal: options.signal,
      });
    return withLargeOutputs(stream.events(), fetched);
  }

  /** Resolves when every row has its end; rejects with `group_expired` when the group is deleted meanwhile. */
  async wait({ timeoutMs, signal, ...options }: WaitOptions = {}): Promise<StatusAnswer> {
    const attempt = new Attempt(signal);
    attempt.within(timeoutMs);
    try {
      return await this.untilDone(options, attempt.signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!attempt.late) throw error;
      throw new MultitaskError('timeout', `The group was not done within ${timeoutMs} ms. It goes on.`, {
        retryable: true,
      });
    } finally {
      attempt.end();
    }
  }

  /** Adds rows behind the last one, and begins a new generation. */
  async append(request: AppendRequest, options: CommandOptions = {}): Promise<AppendAnswer> {
    const { body, headers } = bodyOf({ ...request });
    const more = { body, headers, timeoutMs: resultTimeoutMs };
    return this.begins((await this.command<AppendAnswer>('POST', '/runs', options, more)).value);
  }

  /** Runs rows again that ended without a result: the same rows, new runs. */
  async retry(request: RetryRequest = {}, options: CommandOptions = {}): Promise<RetryAnswer> {
    const headers = { 'content-type': 'application/json' };
    const more = { body: JSON.stringify(request), headers };
    return this.begins((await this.command<RetryAnswer>('POST', '/retry', options, more)).value);
  }

  /** Rows that are not bought yet never are. Those that are go on, and are charged: the upstream cannot stop them. */
  async cancel(options: CallOptions = {}): Promise<CancelAnswer> {
    return (await this.command<CancelAnswer>('POST', '/cancel', options)).value;
  }

  /** Cancels, and forgets inputs and results now. Cannot be undone. */
  async delete(options: CallOptions = {}): Promise<DeleteAnswer> {
    let repeated = false;
    const onRepeat = () => void (repeated = true);
    try {
      return (await this.command<DeleteAnswer>('DELETE', '', options, { onRepeat })).value;
    } catch (error) {
      // The answer to the first attempt was lost, and it did what it should.
      if (!(MultitaskError.is(error) && error.code === 'group_expired' && repeated)) throw error;
      return { taskgroup_id: this.id, deleted: true, detail: 'The group and its results are deleted.' };
    }
  }

  private begins<T extends { readonly generation: number }>(answer: T): T {
    this.begun = Math.max(this.begun, answer.generation);
    return answer;
  }

  private async untilDone(options: Omit<WaitOptions, 'timeoutMs'>, signal: AbortSignal): Promise<StatusAnswer> {
    const { onStatus, onNotice, onReconnect, patienceMs } = options;
    for (let pauseMs = firstLookMs; ; pauseMs = Math.min(pauseMs * 2, longestLookMs)) {
      // Eager: only counts are looked at, and the later ones replace the earlier.
      const events = this.stream({ eager: true, largeOutputs: 'reference', patienceMs, onReconnect, signal });
      for await (const event of events) {
        if (event.type === 'snapshot_start') onStatus?.(event.group.status);
        if (event.type === 'task_group_status') onStatus?.(event.status);
        if (event.type === 'notice') onNotice?.(event.message);
        if (event.type === 'task_group.expired')
          throw new MultitaskError('group_expired', 'The group was deleted while it was waited for.');
      }
      const answer = await this.status({ signal });
      if (!answer.status.is_active && answer.generation >= this.begun) return answer;
      // Stream and status come from different places, and one may be a moment behind; or somebody went on with the group just now.
      await pause(pauseMs, signal);
    }
  }

  private async command<T>(method: Call['method'], tail: string, options: CommandOptions, more: Partial<Call> = {}) {
    if (!this.isOwn)
      throw new MultitaskError(
        'foreign_url',
        `${this.origin} is another installation than the one of this client; its key is not sent there.`,
      );
    const { idempotencyKey = newIdempotencyKey(), signal } = options;
    const headers = { accept: 'application/json', 'idempotency-key': idempotencyKey, ...more.headers };
    const url = `${this.origin}${multitaskPath}/${this.id}${tail}`;
    return this.transport.json<T>({ ...more, method, url, headers, keyed: true, signal });
  }

  private async read<T>(tail: string, { signal }: CallOptions): Promise<T> {
    const call: Call = { method: 'GET', url: this.at(tail), timeoutMs: resultTimeoutMs, signal };
    return (await this.transport.json<T>(call)).value;
  }

  private at = (tail: string): string => `${this.origin}/${this.id}${tail}`;
}
