import { MultitaskError, type EventsAnswer } from '@multitask/contracts';
import type { EventLog } from '@multitask/event-log';
import { shownEvent } from '@multitask/task-group';

export const eventsPerPage = 100;

/** A group's log for its owner, oldest event first. */
export class GroupJournal {
  constructor(private readonly log: Pick<EventLog, 'readGroup'>) {}

  async page(groupId: string, cursor: string | null, limit: number): Promise<EventsAnswer> {
    const from = cursor === null ? 1 : readCursor(cursor) + 1;
    const events: EventsAnswer['events'] = [];
    for await (const entry of this.log.readGroup(groupId, from)) {
      if (entry.kind !== 'event') continue;
      if (events.length === limit) return { taskgroup_id: groupId, events, next_cursor: String(events.at(-1)!.seq) };
      events.push(shownEvent(entry.event));
    }
    return { taskgroup_id: groupId, events, next_cursor: null };
  }
}

/** A whole number that an earlier answer gave. */
export function readCursor(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new MultitaskError('invalid_field', 'cursor must be one that an earlier answer gave as next_cursor.', {
    field: 'cursor',
  });
}
