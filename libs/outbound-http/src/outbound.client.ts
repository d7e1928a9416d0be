import type { Readable } from 'node:stream';
import type { Logger } from '@multitask/platform';
import { Agent, request, type Dispatcher } from 'undici';
import { acceptedEncodings, boundedBody } from './bounded-body';
import { assertCallable, objectionTo, shownUrl, type CallPolicy } from './call.policy';
import { redirectTarget, withoutUserinfo } from './destination';
import { explained } from './explanation';
import { guardedConnector, type Resolve } from './guarded-connector';
import { OutboundError } from './outbound.errors';

export interface OutboundOptions extends CallPolicy {
  readonly userAgent: string;
  readonly logger: Logger;
  /** How names become addresses; tests put their own. */
  readonly resolve?: Resolve;
}

export interface GetOptions {
  /** Of the decoded body. */
  readonly maxBytes: number;
  /** For everything, redirects and body included. */
  readonly timeoutMs: number;
  /** Without a byte arriving; default 15,000. */
  readonly idleTimeoutMs?: number;
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

export interface Fetched {
  readonly headers: Readonly<Record<string, string>>;
  /** Fails with an {@link OutboundError} when a limit is met on the way. Must be read or destroyed. */
  readonly body: Readable;
}

export interface PostOptions {
  /** For everything: connecting, sending, and the answer. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly signal?: AbortSignal;
}

export interface Posted {
  /** Whatever the receiver said, 3xx included: a redirect is not followed. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Cut at `maxResponseBytes`. */
  readonly body: string;
}

/** Calls URLs that users gave us. Rejects with {@link OutboundError}s whose messages show no more than scheme and host. */
export interface OutboundClient {
  /** Throws `url_not_allowed` for a URL that could never be called. */
  assertCallable(url: string, field: string): void;
  /** A document: follows up to 3 redirects, each checked like the first; anything but 2xx is `refused`. */
  get(url: string, options: GetOptions): Promise<Fetched>;
  post(url: string, body: string, headers: Readonly<Record<string, string>>, options: PostOptions): Promise<Posted>;
  close(): Promise<void>;
}

const maxRedirects = 3;
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function createOutboundClient(options: OutboundOptions): OutboundClient {
  const agent = new Agent({
    connect: guardedConnector(options, options.resolve),
    maxHeaderSize: 16 * 1024,
    keepAliveTimeout: 10_000,
    pipelining: 1,
  });

  async function send(
    text: string,
    more: Omit<Dispatcher.RequestOptions, 'path' | 'origin'>,
  ): Promise<Dispatcher.ResponseData> {
    const objection = objectionTo(text, options);
    if (objection) throw new OutboundError('not_allowed', `${shownUrl(text)} cannot be called: ${objection}.`);
    const { url, authorization } = withoutUserinfo(text);
    const headers = { 'user-agent': options.userAgent, ...authorization, ...(more.headers as Record<string, string>) };
    const startedAt = performance.now();
    try {
      const response = await request(url, { ...more, headers, dispatcher: agent });
      const ms = Math.round(performance.now() - startedAt);
      options.logger.debug({ url: shownUrl(text), status: response.statusCode, ms }, 'called');
      return response;
    } catch (error) {
      throw explained(error, text);
    }
  }

  async function get(
    first: string,
    { maxBytes, timeoutMs, idleTimeoutMs = 15_000, accept, signal }: GetOptions,
  ): Promise<Fetched> {
    const deadline = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
    let text = first;
    for (let hop = 0; ; hop++) {
      const response = await send(text, {
        method: 'GET',
        headers: { accept: accept ?? '*/*', 'accept-encoding': acceptedEncodings },
        headersTimeout: idleTimeoutMs,
        bodyTimeout: idleTimeoutMs,
        signal: deadline,
      });
      const { statusCode: status, body } = response;
      const headers = flat(response.headers);
      if (redirectStatuses.has(status)) {
        discard(body);
        if (hop === maxRedirects)
          throw new OutboundError('bad_redirect', `${shownUrl(first)} redirects more than ${maxRedirects} times.`);
        text = redirectTarget(text, headers.location);
        continue;
      }
      try {
        if (status < 200 || status > 299)
          throw new OutboundError('refused', `${shownUrl(text)} answered ${status}.`, { status });
        if (Number(headers['content-length'] ?? 0) > maxBytes)
          throw new OutboundError('too_large', `The answer of ${shownUrl(text)} is larger than ${maxBytes} bytes.`);
        return {
          headers,
          body: boundedBody(body, headers['content-encoding'], maxBytes, (error) => explained(error, text)),
        };
      } catch (error) {
        discard(body);
        throw error;
      }
    }
  }

  async function post(
    url: string,
    content: string,
    headers: Readonly<Record<string, string>>,
    { timeoutMs, maxResponseBytes, signal }: PostOptions,
  ): Promise<Posted> {
    const deadline = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
    const response = await send(url, { method: 'POST', headers, body: content, signal: deadline });
    return {
      status: response.statusCode,
      headers: flat(response.headers),
      body: await firstBytes(response.body, maxResponseBytes).catch((error) => Promise.reject(explained(error, url))),
    };
  }

  return {
    assertCallable: (url, field) => assertCallable(url, options, field),
    get,
    post,
    close: () => agent.destroy(),
  };
}

async function firstBytes(body: Readable, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit).toString();
}

/** Ends an unwanted body without waiting for it; what it still had to say, errors included, is of no interest. */
function discard(body: Readable): void {
  body.on('error', () => undefined).destroy();
}

const flat = (headers: Dispatcher.ResponseData['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]));
