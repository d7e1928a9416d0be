import { request } from 'undici';
import type { ApiKey } from './api-key';
import { readRefusal } from './failure.reading';
import { readGroupFrame, type GroupFrame } from './group.frame';
import { readSse } from './sse.reader';
import type { UpstreamSettings } from './upstream';
import { UpstreamError, UpstreamStreamError } from './upstream.error';

const errorBodyBytes = 64 * 1024;

/** Opens one event stream and reads it to its end. Leaving the iteration closes the connection. */
export async function* openGroupStream(
  settings: UpstreamSettings,
  key: ApiKey,
  path: string,
  query: Record<string, string | undefined>,
  signal?: AbortSignal,
): AsyncGenerator<GroupFrame> {
  const connection = new AbortController();
  const giveUp = () => connection.abort(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    const body = await open(settings, key, path, query, connection.signal);
    const heartbeats = path.endsWith('/events') ? settings.heartbeats : undefined;
    for await (const sse of readSse(body, (reason) => connection.abort(reason), settings.sse, heartbeats)) {
      const frame = readGroupFrame(sse);
      if (frame.kind === 'error') throw new UpstreamStreamError('error_event', frame.message);
      yield frame;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
    connection.abort();
  }
}

async function open(
  settings: UpstreamSettings,
  key: ApiKey,
  path: string,
  query: Record<string, string | undefined>,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const url = new URL(settings.baseUrl.replace(/\/$/, '') + path);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  const headers = { accept: 'text/event-stream', 'x-api-key': key.reveal() };
  const dispatcher = settings.connections.streams;
  const answer = await request(url, { headers, signal, dispatcher, headersTimeout: settings.readTimeoutMs }).catch(
    (cause: unknown) => {
      throw new UpstreamError('unavailable', 'Parallel could not be reached or did not answer in time.', { cause });
    },
  );
  if (answer.statusCode === 200 && isEventStream(headerOf(answer.headers, 'content-type'))) return answer.body;
  if (answer.statusCode === 200) {
    await answer.body.dump({ limit: errorBodyBytes }).catch(() => undefined);
    throw new UpstreamError('unavailable', 'Parallel answered with something that is no event stream.');
  }
  const text = await beginningOf(answer.body);
  throw readRefusal(answer.statusCode, jsonOf(text), (name) => headerOf(answer.headers, name), key);
}

/** What a proxy says in the API's place is a page, and often a 200; without a type it is taken at its word. */
const isEventStream = (type: string | null): boolean => type === null || /^text\/event-stream\b/i.test(type);

async function beginningOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= errorBodyBytes) break;
    }
  } catch {
    // The status alone says enough.
  }
  return Buffer.concat(chunks).toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function headerOf(headers: Record<string, string | string[] | undefined>, name: string): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
