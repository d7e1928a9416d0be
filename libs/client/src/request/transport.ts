import { MultitaskError } from '../error/multitask.error';
import { errorOf } from '../error/problem';
import { longestRetryAfter, waitBefore, type Backoff } from './backoff';
import { Attempt, pause } from './pause';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface TransportOptions {
  readonly fetch: Fetch;
  readonly apiKey: string | undefined;
  /** How long a request is repeated while nothing but passing failures come back; ms. */
  readonly patienceMs: number;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent again as it is with every repeat, so no stream. */
  readonly body?: string | FormData;
  /** Send the API key along: to the client's own installation alone. */
  readonly keyed?: boolean;
  /** ms until the whole answer is there, for each attempt. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Told before it is sent once more: what an earlier attempt did is not known. */
  readonly onRepeat?: () => void;
}

/** An answer and how many attempts it took. */
export interface Answer<T> {
  readonly value: T;
  readonly response: Response;
  readonly attempts: number;
  /** Lets go of the connection; for an answer that is read to its end there is nothing left to let go of. */
  readonly end: () => void;
}

const backoff: Backoff = { firstMs: 300, longestMs: 10_000 };
const defaultTimeoutMs = 60_000;

/** Codes that pass by themselves; 402 and the like may be repeated too, but only after somebody did something. */
const passing = (error: MultitaskError): boolean =>
  ['unreachable', 'timeout', 'request_in_progress', 'request_timeout', 'rate_limited'].includes(error.code) ||
  (error.retryable && (error.status ?? 0) >= 500);

/**
 * Sends requests, again and again while the failure is one that passes. Every request it is given can be repeated without harm:
 * reads, and commands under an Idempotency-Key. Rejects with a {@link MultitaskError}, or with the reason of the signal.
 */
export class Transport {
  constructor(private readonly options: TransportOptions) {}

  /** An answer of JSON, read to its end: one that was cut is a lost answer and asked for again. */
  json<T>(call: Call): Promise<Answer<T>> {
    return this.repeatedly(call, async (response) => {
      const text = await response.text();
      try {
        return JSON.parse(text) as T;
      } catch {
        throw new MultitaskError('unexpected_answer', 'The answer is not JSON.', { status: response.status });
      }
    });
  }

  /** An answer whose body the caller reads, for as long as that takes. */
  open(call: Call): Promise<Answer<Response>> {
    return this.repeatedly(call, (response) => Promise.resolve(response), 'open');
  }

  /** One attempt; any status is an answer. `attempt` ends with the caller's reading. */
  async once(call: Call, attempt: Attempt): Promise<Response> {
    const { apiKey } = this.options;
    attempt.within(call.timeoutMs ?? defaultTimeoutMs);
    try {
      return await this.options.fetch(call.url, {
        method: call.method,
        headers: { ...call.headers, ...(call.keyed && apiKey !== undefined && { 'x-api-key': apiKey }) },
        ...(call.body !== undefined && { body: call.body }),
        signal: attempt.signal,
        // Following would carry the key to wherever it leads: a redirect keeps all headers but Authorization.
        redirect: call.keyed ? 'manual' : 'follow',
        cache: 'no-store',
        credentials: 'omit',
      });
    } catch (error) {
      throw lost(error, call, attempt);
    }
  }

  private async repeatedly<T>(
    call: Call,
    read: (response: Response) => Promise<T>,
    mode: 'whole' | 'open' = 'whole',
  ): Promise<Answer<T>> {
    let failingSince: number | undefined;
    for (let attempts = 1; ; attempts++) {
      const attempt = new Attempt(call.signal);
      let keep = false;
      try {
        const response = await this.once(call, attempt);
        if (!response.ok) throw await errorOf(response);
        const value = await read(response).catch((error: unknown) => {
          throw MultitaskError.is(error) ? error : lost(error, call, attempt);
        });
        keep = mode === 'open';
        if (keep) attempt.within(undefined);
        return { value, response, attempts, end: () => attempt.end() };
      } catch (error) {
        call.signal?.throwIfAborted();
        if (!MultitaskError.is(error) || !passing(error) || (error.retryAfter ?? 0) > longestRetryAfter) throw error;
        const ms = waitBefore(attempts - 1, backoff, error.retryAfter, Math.random());
        failingSince ??= performance.now();
        if (performance.now() - failingSince + ms > this.options.patienceMs) throw error;
        attempt.end();
        await pause(ms, call.signal);
        call.onRepeat?.();
      } finally {
        if (!keep) attempt.end();
      }
    }
  }
}

/** No answer, or half of one: said in our words, since each platform has others. The caller's own abort stays what it is. */
function lost(error: unknown, { url, signal }: Call, attempt: Attempt): unknown {
  if (signal?.aborted) return signal.reason;
  const where = new URL(url).origin;
  if (attempt.late) return new MultitaskError('timeout', `${where} did not answer in time.`, { retryable: true });
  return new MultitaskError('unreachable', `${where} does not answer: ${reasonOf(error)}`, {
    retryable: true,
    cause: error,
  });
}

/** Node hides the reason in the cause; a browser tells none. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: unknown; message?: unknown }; message?: unknown };
  const known = reasons[String(cause?.code)];
  if (known) return known;
  const text = typeof cause?.message === 'string' && cause.message !== '' ? cause.message : message;
  return typeof text === 'string' && text !== '' ? text : 'the connection failed';
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there.',
  ECONNRESET: 'the connection broke.',
  UND_ERR_SOCKET: 'the connection broke.',
  ENOTFOUND: 'there is no such name.',
  EAI_AGAIN: 'its name cannot be looked up at the moment.',
  ETIMEDOUT: 'the connection timed out.',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out.',
};
