import type { IncomingHttpHeaders } from 'node:http';
import { MultitaskError } from '@multitask/contracts';

/** Before this, nothing is said about the speed: a connection needs a moment to get going. */
const graceMs = 15_000;

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
  const iterator = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await (limit.watchSpeed ? withinSpeed(iterator.next(), () => bytes, startedAt) : iterator.next());
      if (next.done) return;
      bytes += next.value.length;
      if (bytes > limit.maxBytes)
        throw new MultitaskError('too_large', `${limit.what} is larger than ${limit.maxBytes} bytes.`, {
          field: limit.field,
        });
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

function withinSpeed<T>(next: Promise<T>, bytes: () => number, startedAt: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      const elapsed = performance.now() - startedAt;
      if (elapsed < graceMs || bytes() >= ((elapsed - graceMs) / 1_000) * minBytesPerSecond) return;
      clearInterval(timer);
      reject(new MultitaskError('request_timeout', 'The request arrives too slowly; send it again.'));
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
