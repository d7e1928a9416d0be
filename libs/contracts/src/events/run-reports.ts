import type { EventData, GroupEvent } from './registry';

export type RunReport = EventData<'RunUpdated'>;

/** What an event says of runs that advanced, whether it tells of one or of several; empty for every other event. */
export function reportsIn(event: GroupEvent): readonly RunReport[] {
  if (event.name === 'RunUpdated') return [event.data];
  return event.name === 'RunsUpdated' ? event.data.updates : [];
}
