import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';

/**
 * How long the rest of a refused body is read and thrown away. Closing at once would make the client's network drop our answer
 * along with its upload; reading on for ever would let it keep the connection.
 */
const lingerMs = 2_000;

/** To be called when an answer is out: sees to a body that nobody read to its end. */
export function endUnreadBody(request: FastifyRequest): void {
  const body = request.raw;
  if (body.complete || body.destroyed) return;
  body.unpipe();
  // Whoever read until now may still wait for more, and a stream with such a reader does not flow.
  body.removeAllListeners('readable');
  body.on('error', () => undefined);
  setImmediate(() => body.resume());
  const timer = setTimeout(() => body.destroy(), lingerMs).unref();
  body.once('close', () => clearTimeout(timer));
  body.once('end', () => clearTimeout(timer));
}

/** The body chunk by chunk. Left early, the connection stays: the answer still has to go over it. */
export const bodyOf = (request: FastifyRequest): AsyncIterable<Uint8Array> =>
  (request.raw as IncomingMessage).iterator({ destroyOnReturn: false });
