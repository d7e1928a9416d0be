import { createHash } from 'node:crypto';

/** Keys with this prefix are refused with 401, so that a refused key can be tried. */
const refusedPrefix = 'bad-key-';

/** What stands for a key everywhere but in the request itself: 12 hex digits of its SHA-256. */
export const fingerprintOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 12);

export const isRefused = (key: string): boolean => key.startsWith(refusedPrefix);

/** The key a request shows, in `x-api-key` or, where allowed, as a bearer token. */
export function presentedKey(
  headers: Record<string, string | string[] | undefined>,
  options: { bearer: boolean },
): string | undefined {
  const { authorization } = headers;
  const bearer = options.bearer && typeof authorization === 'string' && /^Bearer\s+(\S+)$/i.exec(authorization)?.[1];
  const header = headers['x-api-key'];
  return (typeof header === 'string' && header.trim()) || bearer || undefined;
}
