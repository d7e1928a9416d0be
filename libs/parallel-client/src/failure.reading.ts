import { APIConnectionError, APIError } from 'parallel-web';
import type { ApiKey } from './api-key';
import { Concealment } from './concealment';
import { UpstreamError, type UpstreamErrorKind } from './upstream.error';

const longestMessage = 500;

/** However long the upstream asks to be left alone: after an hour we ask again. */
const longestRetryAfter = 3_600;

/** Reads what went wrong from whatever the SDK threw; `secrets` are those the request carried beside the key. */
export function readFailure(error: unknown, key: ApiKey, secrets: readonly string[] = []): UpstreamError {
  if (UpstreamError.is(error)) return error;
  if (error instanceof APIError && typeof error.status === 'number') {
    const headers = error.headers as Headers | undefined;
    return readRefusal(error.status, error.error, (name) => headers?.get(name) ?? null, key, secrets);
  }
  return new UpstreamError('unavailable', 'Parallel could not be reached or did not answer in time.', { cause: error });
}

/** Reads a refusal from its status and body, whichever of the two documented forms the body has. */
export function readRefusal(
  status: number,
  body: unknown,
  header: (name: string) => string | null,
  key: ApiKey,
  secrets: readonly string[] = [],
): UpstreamError {
  const kind = kindOf(status);
  const words = wordsOf(body);
  const concealment = new Concealment(key.reveal(), secrets);
  // Cut first, generously: a body of megabytes is not worth searching.
  const message = concealment.of((words.message ?? `Parallel answered ${status}.`).slice(0, longestMessage * 20));
  const shown = message.slice(0, longestMessage);
  const loc = words.loc?.map((part) => (typeof part === 'string' ? concealment.of(part) : part));
  return new UpstreamError(kind, shown, { status, loc, retryAfter: retryAfterOf(header) });
}

function kindOf(status: number): UpstreamErrorKind {
  const known: Record<number, UpstreamErrorKind> = {
    400: 'invalid',
    401: 'key_refused',
    402: 'credit',
    403: 'forbidden',
    404: 'not_found',
    408: 'timed_out',
    413: 'invalid',
    422: 'invalid',
    429: 'rate_limited',
  };
  return known[status] ?? 'unavailable';
}

interface Words {
  readonly message?: string;
  readonly loc?: (string | number)[];
}

/** `{error: {message, detail}}`, or FastAPI's `{detail: [{loc, msg}]}`, or `{detail: "text"}`. */
function wordsOf(body: unknown): Words {
  if (!isObject(body)) return {};
  const error = isObject(body.error) ? body.error : undefined;
  const list = [body.detail, error?.detail, isObject(error?.detail) ? error.detail.errors : undefined].find(
    Array.isArray,
  );
  const first = (list as unknown[] | undefined)?.find(isObject);
  const loc = Array.isArray(first?.loc)
    ? first.loc.filter((part): part is string | number => typeof part === 'string' || typeof part === 'number')
    : undefined;
  const texts = [error?.message, first?.msg, body.detail, body.message].filter((text) => typeof text === 'string');
  const message = texts[0] && loc && texts[0] === first?.msg ? `${loc.join('.')}: ${texts[0]}` : texts[0];
  return { ...(message && { message }), ...(loc && { loc }) };
}

function retryAfterOf(header: (name: string) => string | null): number | undefined {
  const ms = Number.parseFloat(header('retry-after-ms') ?? '');
  if (ms >= 0) return Math.min(ms / 1_000, longestRetryAfter);
  const text = header('retry-after');
  if (text === null) return undefined;
  const seconds = Number.parseFloat(text);
  const until = Number.isNaN(seconds) ? (Date.parse(text) - Date.now()) / 1_000 : seconds;
  return Number.isNaN(until) ? undefined : Math.min(Math.max(0, until), longestRetryAfter);
}

/** Failures that happen before a connection stands: then nothing was sent, and nothing can have been bought. */
const beforeConnection = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

export function wasNeverSent(error: unknown): boolean {
  if (!(error instanceof APIConnectionError)) return false;
  // By shape: an error of Node's own need not be an instance of this realm's Error.
  for (let cause: unknown = error; isObject(cause); cause = cause.cause)
    if (beforeConnection.has(String(cause.code))) return true;
  return false;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
