import { JetStreamApiError } from '@nats-io/jetstream';

/** JetStream's own error numbers, as far as the log reacts to them. */
export const errorCodes = {
  insufficientResources: 10023,
  messageNotFound: 10037,
  storageResources: 10047,
  streamNameInUse: 10058,
  streamNotFound: 10059,
  wrongLastSequence: 10071,
  maximumMessages: 10076,
  maximumBytes: 10077,
  /** As 10071, while another message for the subject is still being agreed upon by the replicas. */
  wrongLastSequenceInFlight: 10164,
  batchIncomplete: 10176,
  duplicateInBatch: 10201,
  tooManyBatches: 10210,
} as const;

/** Somebody deleted the stream. */
export const isStreamMissing = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.code === errorCodes.streamNotFound;

/** JetStream answered, and the answer was no. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  constructor(
    readonly code: number,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}
