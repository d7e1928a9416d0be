/**
 * Why a call to the upstream failed:
 * `key_refused` 401, `credit` 402, `forbidden` 403, `not_found` 404, `timed_out` 408 (ask again), `invalid` 400, 413 and 422,
 * `rate_limited` 429, `unavailable` everything else: 5xx, no connection, no answer in time, an answer that makes no sense.
 */
export type UpstreamErrorKind =
  'key_refused' | 'credit' | 'forbidden' | 'not_found' | 'timed_out' | 'invalid' | 'rate_limited' | 'unavailable';

export interface UpstreamErrorDetails {
  readonly status?: number;
  /** Path of the fault in the request, where the upstream tells one. */
  readonly loc?: readonly (string | number)[];
  /** Seconds. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

/** `message` is fit for a user: the upstream's own words where it has some, never a driver's, never the key. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  constructor(
    readonly kind: UpstreamErrorKind,
    message: string,
    readonly details: UpstreamErrorDetails = {},
  ) {
    super(message, { cause: details.cause });
  }

  static is(error: unknown): error is UpstreamError {
    return error instanceof Error && error.name === 'UpstreamError' && 'kind' in error;
  }
}

/**
 * A stream ended before its time: `idle` nothing came for too long, `cut` in the middle of a frame, `reset` by the network,
 * `error_event` the upstream said so, `too_large` a frame that no memory should be spent on, `endless` whoever reads it has had
 * enough.
 */
export class UpstreamStreamError extends Error {
  override readonly name = 'UpstreamStreamError';
  constructor(
    readonly reason: 'idle' | 'cut' | 'reset' | 'error_event' | 'too_large' | 'endless',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
