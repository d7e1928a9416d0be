import { adviceFor } from './advice';
import type { ErrorCode } from './error.codes';

export interface FieldError {
  /** Path of the field at fault, such as `inputs[3]`. */
  readonly field: string;
  readonly message: string;
}

export interface ErrorDetails {
  /** The HTTP status, where there was an answer. */
  readonly status?: number;
  readonly field?: string;
  readonly errors?: readonly FieldError[];
  readonly retryable?: boolean;
  /** Seconds after which a repeat makes sense. */
  readonly retryAfter?: number;
  readonly requestId?: string;
  readonly cause?: unknown;
}

/**
 * The one error of this package. `code` is for programs and never changes its meaning; `message` says what is wrong with which
 * field; `advice` says what to do.
 */
export class MultitaskError extends Error {
  override readonly name = 'MultitaskError';
  readonly status: number | undefined;
  /** Path of the field at fault, such as `inputs[3]` or `output_schema.properties.name`. */
  readonly field: string | undefined;
  /** Every fault that was found, at most 20. */
  readonly errors: readonly FieldError[];
  /** Whether the very same request may succeed later. */
  readonly retryable: boolean;
  /** Seconds after which a repeat makes sense, where that is known. */
  readonly retryAfter: number | undefined;
  /** Under which the operator finds it in the log. */
  readonly requestId: string | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = details.status;
    this.field = details.field;
    this.errors = details.errors ?? [];
    this.retryable = details.retryable ?? false;
    this.retryAfter = details.retryAfter;
    this.requestId = details.requestId;
  }

  /** What to do about it, in one sentence. */
  get advice(): string {
    return adviceFor(this.code);
  }

  /** Holds also across two copies of this package, where `instanceof` does not. */
  static is(error: unknown): error is MultitaskError {
    return error instanceof Error && error.name === 'MultitaskError' && 'code' in error && 'advice' in error;
  }
}
