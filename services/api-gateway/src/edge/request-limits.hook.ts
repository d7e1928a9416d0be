import { createHash } from 'node:crypto';
import { MultitaskError } from '@multitask/contracts';
import type { CallerResolver } from '@multitask/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { keyAsSent } from './api-key';
import { RateLimiter, type Allowance } from './rate.limiter';

/**
 * Refuses callers that ask too often, by key and by address, and tells everybody how much is left. Off for this machine, and for
 * what `isFree` says: the parts of a page cost nothing, and forty of them are one look of one reader.
 */
export function requestLimits(
  callers: CallerResolver,
  allowed: { perKey: number; perAddress: number },
  isFree: (path: string) => boolean = () => false,
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  const byKey = new RateLimiter(allowed.perKey);
  const byAddress = new RateLimiter(allowed.perAddress);
  return async (request, reply) => {
    if (callers.isLocal(request.raw) || isFree(request.url)) return;
    const key = keyAsSent(request.headers, new URLSearchParams(request.raw.url?.split('?', 2)[1] ?? ''));
    const allowances = [
      byAddress.take(callers.networkOf(request.raw)),
      ...(key ? [byKey.take(createHash('sha256').update(key).digest('base64'))] : []),
    ];
    const tightest = allowances.reduce((a, b) => (b.remaining < a.remaining || b.exceeded ? b : a));
    reply.headers(headersOf(tightest));
    if (allowances.some((allowance) => allowance.exceeded))
      throw new MultitaskError(
        'rate_limited',
        `More than ${tightest.limit} requests in a minute. Wait ${tightest.resetSeconds} seconds.`,
        { retryAfter: tightest.resetSeconds },
      );
  };
}

const headersOf = (allowance: Allowance): Record<string, string> => ({
  'ratelimit-limit': String(allowance.limit),
  'ratelimit-remaining': String(allowance.remaining),
  'ratelimit-reset': String(allowance.resetSeconds),
  'ratelimit-policy': `${allowance.limit};w=60`,
});
