/** One way a request can fail. `status` is for HTTP; MCP and request/reply carry the same code. */
export interface ErrorKind {
  readonly status: number;
  readonly title: string;
  /** Whether the very same request may succeed later. */
  readonly retryable: boolean;
  /** Answered by one surface alone; the others do not mention it. */
  readonly surface?: 'orchestration' | 'upstream';
}

/** The one registry: no other place makes up a code. docs/errors.md explains each, under an anchor that is its code. */
export const errorKinds = {
  malformed_body: { status: 400, title: 'The body cannot be read', retryable: false },
  invalid_field: { status: 400, title: 'A field is missing or wrong', retryable: false },
  unknown_field: { status: 400, title: 'A field is not known', retryable: false },
  invalid_inputs: { status: 400, title: 'The inputs cannot be used', retryable: false },
  inputs_unreachable: { status: 400, title: 'The inputs URL cannot be fetched', retryable: true },
  url_not_allowed: { status: 400, title: 'This URL may not be called', retryable: false },
  invalid_schema: { status: 400, title: 'The schema would be refused', retryable: false },
  key_missing: { status: 401, title: 'A Parallel API key is needed', retryable: false },
  key_refused: { status: 401, title: 'Parallel refused the API key', retryable: false },
  signature_refused: { status: 401, title: 'The webhook is not genuine', retryable: false, surface: 'upstream' },
  token_missing: { status: 401, title: 'A token is needed', retryable: false, surface: 'orchestration' },
  token_refused: { status: 401, title: 'The token is not known', retryable: false, surface: 'orchestration' },
  credit_exhausted: { status: 402, title: 'The Parallel account has not enough credit', retryable: true },
  cost_above_limit: { status: 402, title: 'The estimate is above the allowed cost', retryable: false },
  not_owner: { status: 403, title: 'Only the owner of the group may do this', retryable: false },
  processor_refused: { status: 403, title: 'The account may not use this processor', retryable: false },
  group_not_found: { status: 404, title: 'No such task group', retryable: false },
  run_not_found: { status: 404, title: 'No such run', retryable: false },
  record_not_found: { status: 404, title: 'No such run, task or snapshot', retryable: false, surface: 'orchestration' },
  path_not_found: { status: 404, title: 'Nothing is here', retryable: false },
  method_not_allowed: { status: 405, title: 'This method is not possible here', retryable: false },
  not_acceptable: { status: 406, title: 'None of the accepted formats is offered', retryable: false },
  request_timeout: { status: 408, title: 'The request came too slowly', retryable: true },
  request_in_progress: { status: 409, title: 'The same request is being worked on', retryable: true },
  nothing_to_do: { status: 409, title: 'There is nothing this could do', retryable: false },
  invalid_transition: {
    status: 409,
    title: 'The task is not in a state for this',
    retryable: false,
    surface: 'orchestration',
  },
  lease_conflict: {
    status: 409,
    title: 'The lease is not the one the task is held under',
    retryable: false,
    surface: 'orchestration',
  },
  lease_expired: { status: 409, title: 'The lease has run out', retryable: false, surface: 'orchestration' },
  run_terminal: { status: 409, title: 'The run takes no more tasks', retryable: false, surface: 'orchestration' },
  duplicate_task_key: {
    status: 409,
    title: 'The run has a task of this key',
    retryable: false,
    surface: 'orchestration',
  },
  dependency_cycle: { status: 409, title: 'Tasks wait for one another', retryable: false, surface: 'orchestration' },
  max_attempts_exceeded: { status: 409, title: 'No attempt is left', retryable: false, surface: 'orchestration' },
  context_conflict: {
    status: 409,
    title: 'Somebody else changed the same context',
    retryable: false,
    surface: 'orchestration',
  },
  group_expired: { status: 410, title: 'The task group is gone', retryable: false },
  too_large: { status: 413, title: 'The request is too large', retryable: false },
  unsupported_media_type: { status: 415, title: 'This content type is not understood', retryable: false },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key belongs to another request', retryable: false },
  rate_limited: { status: 429, title: 'Too many requests', retryable: true },
  internal: { status: 500, title: 'Something went wrong on our side', retryable: true },
  upstream_failed: { status: 502, title: 'Parallel did not answer as expected', retryable: true },
  service_unreachable: { status: 502, title: 'A part of Multitask does not answer', retryable: true },
  not_ready: { status: 503, title: 'The service cannot answer right now', retryable: true },
  log_full: { status: 503, title: 'No new task groups are accepted at the moment', retryable: true },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

export interface ErrorDetails {
  /** Path of the field at fault, such as `inputs[3]` or `output_schema.properties.name`. */
  readonly field?: string;
  /** Seconds after which a repeat makes sense. */
  readonly retryAfter?: number;
  /** Every fault, where there are several. */
  readonly errors?: readonly FieldError[];
  readonly cause?: unknown;
}

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** A failure a user may see: `message` says what is wrong with which field and what to do about it. */
export class MultitaskError extends Error {
  override readonly name = 'MultitaskError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message, { cause: details.cause });
  }

  get kind(): ErrorKind {
    return errorKinds[this.code];
  }

  static is(error: unknown): error is MultitaskError {
    return error instanceof Error && error.name === 'MultitaskError' && 'code' in error;
  }
}

/** RFC 9457 problem details. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly field?: string;
  readonly errors?: readonly FieldError[];
}

/** Anything that is not a {@link MultitaskError} becomes `internal` without a word of its own message. */
export function problemOf(error: unknown): Problem {
  const known = MultitaskError.is(error)
    ? error
    : new MultitaskError('internal', 'The request could not be finished. Please try again; the failure was logged.');
  const kind = errorKinds[known.code];
  return {
    type: `urn:multitask:error:${known.code}`,
    title: kind.title,
    status: kind.status,
    detail: known.message,
    code: known.code,
    retryable: kind.retryable,
    ...(known.details.field !== undefined && { field: known.details.field }),
    ...(known.details.errors && { errors: known.details.errors }),
  };
}
