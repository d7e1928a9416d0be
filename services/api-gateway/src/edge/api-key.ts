import { MultitaskError } from '@multitask/contracts';
import type { IncomingHttpHeaders } from 'node:http';

/** Where no other key is asked for: the emulator's own. */
const emulatorKey = 'emulator';

/** Visible ASCII: a key that holds anything else could not be sent on in a header. */
const keyPattern = /^[\x21-\x7e]{1,512}$/;

/** What was sent as a key, whether it can be one or not: `x-api-key`, `Authorization: Bearer`, or `?apiKey`. */
export function keyAsSent(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  const bearer = /^Bearer\s+(.*)$/i.exec(headers.authorization ?? '')?.[1]?.trim();
  return [headers['x-api-key']].flat()[0]?.trim() || bearer || query.get('apiKey')?.trim() || undefined;
}

/**
 * The caller's upstream key: `x-api-key`, `Authorization: Bearer`, or `?apiKey` for clients that can send no header.
 * Undefined when there is none; throws `key_refused` for one that cannot be a key.
 */
export function presentedKey(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  const key = keyAsSent(headers, query);
  if (!key) return undefined;
  if (!keyPattern.test(key))
    throw new MultitaskError('key_refused', 'The API key holds characters that no key has.', { field: 'x-api-key' });
  return key;
}

/** The key to act with. Only the emulator lets callers without a key in. */
export function requiredKey(presented: string | undefined, upstream: 'parallel' | 'emulator' | 'custom'): string {
  if (presented) return presented;
  if (upstream === 'emulator') return emulatorKey;
  throw new MultitaskError(
    'key_missing',
    'Send your Parallel API key in the header x-api-key (or Authorization: Bearer). Keys are made at platform.parallel.ai.',
    { field: 'x-api-key' },
  );
}
