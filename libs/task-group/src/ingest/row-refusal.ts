import { event, type GroupEvent, type RowKey } from '@multitask/contracts';

/** Why nothing was bought for a row; `code` is one of the error registry, or `cancelled`. */
export interface RowRefusal {
  readonly key: RowKey;
  readonly code: string;
  readonly message: string;
}

/** 500 refusals of 300 characters stay below the size at which an event is cut into parts. */
const refusalsPerEvent = 500;

export function eventsPerRefusals(refusals: readonly RowRefusal[]): GroupEvent[] {
  const events: GroupEvent[] = [];
  for (let from = 0; from < refusals.length; from += refusalsPerEvent)
    events.push(event('RunsRejected', { runs: refusals.slice(from, from + refusalsPerEvent) }));
  return events;
}
