import { MultitaskError } from '@multitask/contracts';
import type { CallerResolver } from '@multitask/platform';
import type { FastifyRequest } from 'fastify';
import type { Principal, TokenBook } from '../access/token.book';

const name = 'multitask_orchestration';

/** A week: an operator looks again, and a cookie left on a shared machine ends. */
const keptSeconds = 7 * 86_400;

/** Only pages get it, no script reads it, and no other site can make a browser send it. */
export function sessionCookie(token: string, isSecure: boolean): string {
  const age = token === '' ? 0 : keptSeconds;
  const attributes = `Path=/orchestration; HttpOnly; SameSite=Strict; Max-Age=${age}${isSecure ? '; Secure' : ''}`;
  return `${name}=${encodeURIComponent(token)}; ${attributes}`;
}

/** Throws `token_missing`, which the pages answer with the form that takes a token. */
export function principalOfSession(request: FastifyRequest, tokens: TokenBook, callers: CallerResolver): Principal {
  const principal = isOwnPage(request, callers) ? tokens.find(tokenIn(request.headers.cookie ?? '')) : undefined;
  if (principal) return principal;
  throw new MultitaskError('token_missing', 'Give your token to see runs.', { field: 'token' });
}

/** A browser that is told by another site to post says so; SameSite keeps the cookie from it as well. */
export function isOwnPage(request: FastifyRequest, callers: CallerResolver): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return request.method === 'GET' || site === 'same-origin';
  const { origin } = request.headers;
  return origin === undefined || origin === callers.originOf(request.raw);
}

function tokenIn(cookies: string): string {
  for (const part of cookies.slice(0, 8_192).split(';')) {
    const at = part.indexOf('=');
    if (part.slice(0, at).trim() !== name) continue;
    try {
      return decodeURIComponent(part.slice(at + 1).trim());
    } catch {
      return '';
    }
  }
  return '';
}
