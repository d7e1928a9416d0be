/** Names of fields that hold a credential wherever they turn up; docs/security.md has the census of secrets. */
const secretFields = [
  'api_?key',
  'x-api-key',
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'secret',
  'token',
  'access_token',
  'refresh_token',
  'webhook_?secret',
  'webhook_?url',
  'VAULT_MASTER_KEY',
  'OPERATOR_TOKEN',
  'ORCHESTRATION_TOKENS',
  'DATABASE_URL',
].join('|');

/** Each is anchored at a literal and bounded, so that a hostile line of any length is scanned in linear time. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`"(${secretFields})":"(?:[^"\\\\]|\\\\.)*"`, 'gi'), '"$1":"[secret]"'],
  [/:\/\/[^\s/@"\\]{1,500}@/g, '://…@'],
  [/(https?:\/\/[^\s?#"\\]{1,2000})[?#][^\s"\\]*/gi, '$1?…'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{1,5000}/gi, '$1 …'],
  [/\bwhsec_[\w+/=-]{1,500}/g, 'whsec_…'],
];

/**
 * A log line (JSON) without what looks like a credential: values of telling fields, userinfo and query of URLs, bearer tokens,
 * webhook secrets. The second wall only: secrets are kept out of log calls in the first place.
 */
export const redacted = (line: string): string =>
  patterns.reduce((text, [pattern, shown]) => text.replace(pattern, shown), line);

export interface ShownError {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string;
  readonly cause?: ShownError;
}

/** What a log line tells of an error. Other properties are left out: libraries hang requests with their headers on errors. */
export function shownError(error: unknown, depth = 3): ShownError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { code } = error as { code?: unknown };
  const cause = error.cause ?? (error instanceof AggregateError ? error.errors[0] : undefined);
  return {
    type: error.name,
    message: error.message,
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(cause !== undefined && depth > 0 && { cause: shownError(cause, depth - 1) }),
  };
}
