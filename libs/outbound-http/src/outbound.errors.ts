import { MultitaskError } from '@multitask/contracts';

/** Why a call to a user's URL came to nothing. */
export type OutboundFault =
  'not_allowed' | 'unreachable' | 'timeout' | 'too_large' | 'bad_redirect' | 'bad_encoding' | 'refused' | 'aborted';

/** The message is ours alone and shows of the URL no more than scheme and host; the library's own error is the cause. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  constructor(
    readonly fault: OutboundFault,
    message: string,
    options: { cause?: unknown; status?: number; reason?: string } = {},
  ) {
    super(message, { cause: options.cause });
    this.status = options.status;
    this.reason = options.reason;
  }

  /** Why, in a few words that name neither host nor URL; undefined when the fault says it all. */
  readonly reason: string | undefined;

  /** What the receiver answered, where it did and that was the fault. */
  readonly status: number | undefined;

  /** The registry's word for it; `field` is where the user wrote the URL. */
  toMultitaskError(field: string): MultitaskError {
    const details = { field, cause: this };
    if (this.fault === 'not_allowed') return new MultitaskError('url_not_allowed', this.message, details);
    if (this.fault === 'too_large') return new MultitaskError('too_large', this.message, details);
    return new MultitaskError('inputs_unreachable', this.message, details);
  }
}
