import { MultitaskError } from '../error/multitask.error';
import { errorOf } from '../error/problem';
import { longestRetryAfter, waitBefore } from '../request/backoff';
import { Attempt } from '../request/pause';
import { FrameParser, type WireFrame } from './frame.parser';
import { isKnownEvent, type StreamEvent } from './stream.events';

export interface StreamOptions {
  /** Go on behind this event; without it the stream begins with the group's whole present state. */
  readonly after?: string;
  /** Do not end with the group's completion: stay for rows appended or retried later. */
  readonly follow?: boolean;
  /**
   * Give events as they arrive. Otherwise they are kept until the one with an id tells that they count, so that each is given
   * once, in order, across any number of reconnects; of a large group the first ones then come only when all have arrived.
   * Eager readers may see some again after a cut, which does no harm where a later event replaces what it is about.
   */
  readonly eager?: boolean;
  /** Give up when nothing was heard for this long, all reconnects included; ms. 5 minutes; `Infinity` for never. */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
  /** Told of every cut, with the ms until the next try. */
  readonly onReconnect?: (why: MultitaskError, waitMs: number) => void;
}

/** What the stream needs from outside. */
export interface StreamParts {
  /** One attempt; any status is an answer. */
  open(headers: Record<string, string>, attempt: Attempt): Promise<Response>;
  pause(ms: number, signal?: AbortSignal): Promise<void>;
  /** From 0 to 1. */
  chance(): number;
  /** ms, growing. */
  now(): number;
}

/** A server says something every 15 s; three times that is a connection nobody told us is dead. */
const silenceMs = 45_000;
const longestPauseMs = 30_000;
const firstPauseMs = 1_000;
const defaultPatienceMs = 5 * 60_000;

/** Answers after which asking again is of no use. */
const isFinal = (error: MultitaskError): boolean =>
  (error.retryAfter ?? 0) > longestRetryAfter ||
  !(error.retryable || ['unreachable', 'timeout', 'rate_limited'].includes(error.code));

/**
 * A group's event stream, as docs/PROTOCOL.md describes it: goes on behind the last id after every cut. Ends after `closed` and
 * `task_group.expired`, or when there is nothing to tell (204). Throws a {@link MultitaskError} when the group is not there, is
 * gone, or nothing was heard for too long, and the reason of the signal when that aborts.
 */
export class GroupStream {
  private lastId: string | undefined;
  private retryMs = firstPauseMs;
  private cuts = 0;
  private heardAt: number;

  constructor(
    private readonly parts: StreamParts,
    private readonly options: StreamOptions = {},
  ) {
    this.lastId = options.after;
    this.heardAt = parts.now();
  }

  async *events(): AsyncGenerator<StreamEvent, void, undefined> {
    const { signal } = this.options;
    for (;;) {
      let why: MultitaskError;
      const attempt = new Attempt(signal);
      try {
        // Kept until the event that makes them count; what a cut leaves here is sent again.
        let pending: StreamEvent[] = [];
        for await (const event of this.connection(attempt)) {
          if (event === 'nothing') return;
          pending.push(event);
          if (!this.options.eager && !settles(event)) {
            if (event.type === 'notice') yield pending.pop()!;
            continue;
          }
          this.remember(event);
          yield* pending;
          pending = [];
          if (event.type === 'closed' || event.type === 'task_group.expired') return;
        }
        why = new MultitaskError('unreachable', 'The stream ended before the group did.', { retryable: true });
      } catch (error) {
        signal?.throwIfAborted();
        why = failureOf(error, attempt);
        if (isFinal(why)) throw why;
      } finally {
        attempt.end();
      }
      await this.waitAfter(why);
    }
  }

  /** The events of one connection; `nothing` when the server has nothing to tell. */
  private async *connection(attempt: Attempt): AsyncGenerator<StreamEvent | 'nothing'> {
    const answer = await this.parts.open(this.headers(), attempt);
    if (answer.status === 204) return yield 'nothing';
    if (answer.status !== 200) throw await errorOf(answer);
    if (!/^text\/event-stream\b/i.test(answer.headers.get('content-type') ?? '') || !answer.body)
      throw new MultitaskError('unexpected_answer', 'The answer is no event stream.', { status: answer.status });
    const parser = new FrameParser();
    for await (const text of texts(answer.body, attempt)) {
      this.heardAt = this.parts.now();
      for (const frame of parser.push(text)) {
        if (isKnownEvent(frame.event)) yield parsed(frame);
        this.cuts = 0;
      }
      this.retryMs = parser.retryMs ?? this.retryMs;
    }
  }

  private headers(): Record<string, string> {
    return { accept: 'text/event-stream', ...(this.lastId !== undefined && { 'last-event-id': this.lastId }) };
  }

  private remember(event: StreamEvent): void {
    if (event.type === 'reset') this.lastId = undefined;
    if (event.event_id !== null) this.lastId = event.event_id;
  }

  private async waitAfter(why: MultitaskError): Promise<void> {
    const { parts, options } = this;
    // Between a second and the 30 of the protocol, whatever the server says of itself.
    const firstMs = Math.min(Math.max(this.retryMs, firstPauseMs), longestPauseMs);
    const backoff = { firstMs, longestMs: longestPauseMs };
    const ms = waitBefore(this.cuts++, backoff, why.retryAfter, parts.chance());
    if (parts.now() - this.heardAt + ms > (options.patienceMs ?? defaultPatienceMs)) throw why;
    options.onReconnect?.(why, ms);
    await parts.pause(ms, options.signal);
  }
}

/** Whether everything up to here counts. */
const settles = (event: StreamEvent): boolean =>
  event.event_id !== null || event.type === 'reset' || event.type === 'closed';

/** The body as text; a body that stays silent for too long is let go. */
async function* texts(body: ReadableStream<Uint8Array>, attempt: Attempt): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      // Only while we wait for it: a reader of ours that takes its time is no silence of the server's.
      attempt.within(silenceMs);
      const { value, done } = await reader.read();
      attempt.within(undefined);
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function parsed(frame: WireFrame): StreamEvent {
  try {
    const data = JSON.parse(frame.data) as object;
    return { ...data, type: frame.event, event_id: frame.id ?? null } as StreamEvent;
  } catch (cause) {
    throw new MultitaskError('unexpected_answer', `A frame ${frame.event} of the stream holds no JSON.`, { cause });
  }
}

/** A connection that broke in the middle is said in each platform's own words. */
function failureOf(error: unknown, attempt: Attempt): MultitaskError {
  if (MultitaskError.is(error)) return error;
  if (error instanceof RangeError) return new MultitaskError('unexpected_answer', `In the stream, ${error.message}.`);
  const message = attempt.late ? 'The stream fell silent.' : 'The connection of the stream broke.';
  return new MultitaskError('unreachable', message, { retryable: true, cause: error });
}
