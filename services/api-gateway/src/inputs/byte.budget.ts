import type { IncomingHttpHeaders } from 'node:http';
import { MultitaskError } from '@multitask/contracts';

/** Before this, nothing is said about the speed: a connection needs a moment to get going. */
const graceMs = 5_000;

/** On average over the whole body; a caller below it holds a connection and gives nothing. */
const minBytesPerSecond = 1_024;

const tickMs = 1_000;

export interface ByteLimit {
  readonly maxBytes: number;
  /** Said when there is more, such as `The body`. */
  readonly what: string;
  readonly field?: string;
  /** Whether slowness is a fault; a body that comes from elsewhere has its own timeouts. */
  readonly watchSpeed?: boolean;
}

/** Passes a body on and ends it with `too_large` or `request_timeout` where it grows or drags on beyond its limit. */
export async function* limited(body: AsyncIterable<Uint8Array>, limit: ByteLimit): AsyncGenerator<Uint8Array> {
  const startedAt = performance.now();
  let bytes = 0;
  const refuseSlow = (): void => {
    const seconds = (performance.now() - startedAt - graceMs) / 1_000;
    if (limit.watchSpeed && bytes < seconds * minBytesPerSecond)
      throw new MultitaskError('request_timeout', 'The request arrives too slowly; send it again.');
  };
  const iterator = body[Symbol.asyncIterator]();
  let waiting = false;
  try {
    for (;;) {
      waiting = true;
      const next = await watched(iterator.next(), refuseSlow);
      waiting = false;
      if (next.done) return;
      bytes += next.value.length;
      if (bytes > limit.maxBytes)
        throw new MultitaskError('too_large', `${limit.what} is larger than ${limit.maxBytes} bytes.`, {
          field: limit.field,
        });
      refuseSlow();
      yield next.value;
    }
  } finally {
    const closing = iterator.return?.();
    // A source that is still being waited for closes when its next piece comes, which may be never.
    if (waiting) closing?.catch(() => undefined);
    else await closing;
  }
}

/** Asks `refuse` every second while nothing comes at all. */
function watched<T>(next: Promise<T>, refuse: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      try {
        refuse();
      } catch (error) {
        clearInterval(timer);
        reject(error as Error);
      }
    }, tickMs);
    next.then(resolve, reject).finally(() => clearInterval(timer));
  });
}

/** Refuses a body by the length it announces, before any of it is read. */
export function refuseAnnounced(headers: IncomingHttpHeaders, maxBytes: number): void {
  if (Number(headers['content-length'] ?? 0) > maxBytes)
    throw new MultitaskError('too_large', `The body is larger than ${maxBytes} bytes.`);
}

/** The whole body in memory; only for what is small by its limit. */
export async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
