import { MultitaskError } from '@multitask/contracts';
import { AppendUnclearError, LogUnavailableError } from '@multitask/event-log';
import { isDatabaseAway } from '@multitask/read-model';

/** Servers restart and elect leaders within seconds. */
const retryAfterSeconds = 5;

/** A log or database that is away for the moment, in the registry's words; anything else is given back as it is. */
export function withStoreFaultNamed(error: unknown): unknown {
  const isAway = error instanceof LogUnavailableError || error instanceof AppendUnclearError || isDatabaseAway(error);
  if (!isAway) return error;
  return new MultitaskError(
    'not_ready',
    'A part of the service is away for the moment. Repeat the request shortly; with the same Idempotency-Key it goes on from where it stopped.',
    { retryAfter: retryAfterSeconds, cause: error },
  );
}
