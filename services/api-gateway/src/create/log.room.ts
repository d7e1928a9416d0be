import { MultitaskError } from '@multitask/contracts';
import type { EventLog } from '@multitask/event-log';

/** Above this part of its size the log takes no new work, so that accepted work can be finished. */
const maxFullness = 0.8;

export async function refuseWhenFull(log: Pick<EventLog, 'state'>): Promise<void> {
  const { fullness } = await log.state();
  if (fullness > maxFullness)
    throw new MultitaskError(
      'log_full',
      'No new task groups or rows are taken at the moment; those that run are finished first. Try again later.',
      { retryAfter: 60 },
    );
}
