import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { mediaTypes, type Format } from '@multitask/result-formats';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Below this a body is sent as it is: it fits a few packets, and compressing it would cost more than it saves. */
const smallBytes = 8 * 1024;

export interface Body {
  readonly format: Format;
  /** Names this very state of what is shown; undefined when nobody can tell whether it changed. */
  readonly etag: string | undefined;
  /** Made only when the reader does not have it already. */
  readonly pieces: () => Iterable<string>;
}

/** Sends a body at the reader's pace, compressed if that pays; or says that nothing changed. */
export async function sendBody(body: Body, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.header('cache-control', 'private, no-cache').header('vary', 'Accept, Accept-Encoding');
  if (body.etag !== undefined) reply.header('etag', body.etag);
  if (body.etag !== undefined && isKnown(body.etag, request.headers['if-none-match']))
    return void (await reply.status(304).send());
  reply.type(`${mediaTypes[body.format]}; charset=utf-8`);
  const iterator = body.pieces()[Symbol.iterator]();
  const { start, rest } = peek(iterator);
  if (!rest) return void (await reply.send(Buffer.from(start)));
  const pieces = Readable.from(all(start, iterator), { objectMode: false, highWaterMark: 4 * smallBytes });
  if (!acceptsGzip(request.headers['accept-encoding'])) return void (await reply.send(pieces));
  const gzip = createGzip({ level: 5 });
  pieces.once('error', (error) => gzip.destroy(error));
  gzip.once('close', () => pieces.destroy());
  await reply.header('content-encoding', 'gzip').send(pieces.pipe(gzip));
}

function peek(iterator: Iterator<string>): { start: string; rest: boolean } {
  let start = '';
  while (start.length < smallBytes) {
    const next = iterator.next();
    if (next.done) return { start, rest: false };
    start += next.value;
  }
  return { start, rest: true };
}

async function* all(start: string, iterator: Iterator<string>): AsyncGenerator<Buffer> {
  yield Buffer.from(start);
  for (let next = iterator.next(); !next.done; next = iterator.next()) {
    yield Buffer.from(next.value);
    // A large answer is made in many small turns, so that streams and small answers get theirs in between.
    await new Promise(setImmediate);
  }
}

/** Weak comparison, as RFC 9110 asks for If-None-Match. */
export function isKnown(etag: string, header: string | undefined): boolean {
  if (header === undefined) return false;
  const known = header.split(',').map((tag) => tag.trim());
  return known.includes('*') || known.some((tag) => tag.replace(/^W\//, '') === etag.replace(/^W\//, ''));
}

export const acceptsGzip = (header: string | string[] | undefined): boolean =>
  String(header ?? '')
    .split(',')
    .map((part) => part.split(';').map((word) => word.trim().toLowerCase()))
    .some(([coding, weight]) => coding === 'gzip' && !/^q=0(\.0*)?$/.test(weight ?? ''));
