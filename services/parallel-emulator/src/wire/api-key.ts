import { createHash } from 'node:crypto';

/** Keys with this prefix are refused with 401, so that a refused key can be tried. */
export const refusedPrefix = 'bad-key-';

/** What stands for a key everywhere but in the request itself: 12 hex digits of its SHA-256. */
export const fingerprintOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 12);

/** The key of a request, or undefined when there is none or it is one that is always refused. */
export function acceptedKey(
  headers: Record<string, string | string[] | undefined>,
  options: { bearer: boolean },
): string | undefined {
  const authorization = options.bearer ? headers.authorization : undefined;
  const bearer = typeof authorization === 'string' ? /^Bearer\s+(\S+)$/i.exec(authorization)?.[1] : undefined;
  const header = headers['x-api-key'];
  const key = (typeof header === 'string' && header.trim()) || bearer;
  return key && !key.startsWith(refusedPrefix) ? key : undefined;
}
