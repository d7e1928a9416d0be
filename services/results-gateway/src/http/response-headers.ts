import type { FastifyInstance } from 'fastify';

/** Our own script, style, icon and data; nothing inline, nothing from elsewhere, no frame around us. */
const policy = (scripts: string): string =>
  [
    `default-src 'none'`,
    `script-src ${scripts}`,
    `style-src 'self'`,
    `img-src 'self'`,
    `connect-src 'self'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ');

const contentSecurityPolicy = policy(`'self'`);

/** WebAssembly may run as well, which is no `eval`: of the studio and its thread alone. */
export const studioPolicy = policy(`'self' 'wasm-unsafe-eval'`);

/** On every answer, failures too: nobody indexes it, no link tells where it came from, any origin may read it. */
const everywhere = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'ETag, Location, Retry-After, X-Request-Id',
};

const preflight = {
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-allow-headers': 'Accept, Cache-Control, If-None-Match, Last-Event-ID',
  'access-control-max-age': '86400',
};

export function setResponseHeaders(instance: FastifyInstance): void {
  instance.addHook('onRequest', (request, reply, done) => {
    reply.headers(everywhere);
    if (request.method !== 'OPTIONS') return done();
    void reply.status(204).headers(preflight).send();
  });
}
