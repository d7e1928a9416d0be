import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { mediaTypes, type Format } from '@multitask/result-formats';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Below this a body is sent as it is: it fits a few packets, and compressing it would cost more than it saves. */
const smallBytes = 8 * 1024;

/** A reader that takes nothing for so long is let go: a long result occupies room in the spool as long as it is read. */
const defaultStalledMs = 60_000;

export interface Body {
  readonly format: Format;
  /** Names this very state of what is shown; undefined when nobody can tell whether it changed. */
  readonly etag: string | undefined;
  /** Called only when the reader does not have it already. */
  readonly open: () => Content | Promise<Content>;
}

export interface Content {
  readonly pieces: Iterable<string> | AsyncIterable<string | Buffer>;
  /** The state that is really sent, when it may be a later one than {@link Body.etag} names. */
  readonly etag?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called once, when all was sent or nobody takes it any more. */
  readonly close?: () => Promise<void>;
}

/**
 * Sends a body at the reader's pace, compressed if that pays; or says that nothing changed. The connection is ended when the
 * reader has taken nothing of what waits for it for `stalledMs` milliseconds.
 */
export async function sendBody(
  body: Body,
  request: FastifyRequest,
  reply: FastifyReply,
  stalledMs = defaultStalledMs,
): Promise<void> {
  reply.header('cache-control', 'private, no-cache').header('vary', 'Accept, Accept-Encoding');
  if (body.etag !== undefined) reply.header('etag', body.etag);
  if (body.etag !== undefined && isKnown(body.etag, request.headers['if-none-match']))
    return void (await reply.status(304).send());
  reply.type(typeOf(body.format));
  // What is not sent is not made either: a file of 100,000 rows takes seconds.
  if (request.method === 'HEAD') return void (await reply.send(Readable.from([])));
  const content = await body.open();
  if (content.close) whenOver(reply, content.close);
  endWhenStalled(reply, stalledMs);
  reply.headers({ ...(content.etag !== undefined && { etag: content.etag }), ...content.headers });
  await sendPieces(content.pieces, request, reply);
}

const typeOf = (format: Format): string =>
  format === 'sqlite' ? mediaTypes.sqlite : `${mediaTypes[format]}; charset=utf-8`;

async function sendPieces(content: Content['pieces'], request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (Symbol.asyncIterator in content) {
    return sendStream(
      Readable.from(bytes(content), { objectMode: false, highWaterMark: 4 * smallBytes }),
      request,
      reply,
    );
  }
  const iterator = content[Symbol.iterator]();
  const { start, rest } = peek(iterator);
  if (!rest) return void (await reply.send(Buffer.from(start)));
  await sendStream(
    Readable.from(all(start, iterator), { objectMode: false, highWaterMark: 4 * smallBytes }),
    request,
    reply,
  );
}

async function sendStream(pieces: Readable, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (!acceptsGzip(request.headers['accept-encoding'])) return void (await reply.send(pieces));
  reply.removeHeader('content-length');
  const gzip = createGzip({ level: 5 });
  pieces.once('error', (error) => gzip.destroy(error));
  gzip.once('close', () => pieces.destroy());
  pieces.pipe(gzip);
  // What is there is sent, however little: the first bytes of a long answer come long before the rest.
  pieces.once('data', () => gzip.flush());
  await reply.header('content-encoding', 'gzip').send(gzip);
}

/** Also when the client was gone before there was anything to send. */
function whenOver(reply: FastifyReply, close: () => Promise<void>): void {
  const over = () => void close().catch(() => undefined);
  if (reply.raw.closed || reply.raw.destroyed) over();
  else reply.raw.once('close', over);
}

/** A silence of our own, while the database is still asked, is no fault of the reader. */
function endWhenStalled({ raw }: FastifyReply, stalledMs: number): void {
  const look = () => {
    if (raw.writableLength > 0) raw.destroy();
    else raw.setTimeout(stalledMs);
  };
  raw.setTimeout(stalledMs, look);
}

async function* bytes(pieces: AsyncIterable<string | Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
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
