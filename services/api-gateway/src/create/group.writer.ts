import { randomUUID } from 'node:crypto';
import { event, MultitaskError, type EventData, type EventOf, type GroupEvent } from '@multitask/contracts';
import {
  AppendUnclearError,
  EventTooLargeError,
  FenceRefusedError,
  LogFullError,
  type EventLog,
} from '@multitask/event-log';
import { charactersOf } from '@multitask/task-group';
import type { AcceptedRows } from '../inputs/accepted-rows';

/** Events and characters of one append; well below what the log takes, so that no append holds it up for long. */
const defaultAppend = { events: 200, characters: 8 * 1024 * 1024 };

/** Another holder, or our own earlier self, may have been faster; more rounds than this mean that something else is wrong. */
const attempts = 4;

export type Created = EventData<'GroupCreated'>;

/** Writes the beginning of a group to the log: its rows, and the event that makes them count. */
export class GroupWriter {
  constructor(
    private readonly log: EventLog,
    private readonly largest = defaultAppend,
  ) {}

  /**
   * Stores rows and `GroupCreated`, once, however often it is called for the same group: what is already there is answered.
   * Rows of a try that did not get to its end stay without effect.
   */
  async write(
    groupId: string,
    created: Omit<Created, 'batch_id' | 'row_count' | 'generation'>,
    rows: AcceptedRows,
  ): Promise<Created> {
    for (let attempt = 1; ; attempt++) {
      const last = await this.log.lastSeq(groupId);
      const existing = last === 0 ? undefined : await this.find(groupId);
      if (existing) return existing;
      const batch = { batch_id: randomUUID(), row_count: rows.count, generation: 1 as const };
      try {
        return await this.append(groupId, { ...created, ...batch }, rows, last);
      } catch (error) {
        const again = error instanceof FenceRefusedError || error instanceof AppendUnclearError;
        if (!again || attempt === attempts) throw explained(error);
      }
    }
  }

  /** The group's beginning, if it is in the log. */
  async find(groupId: string): Promise<Created | undefined> {
    for await (const entry of this.log.readGroup(groupId)) {
      if (entry.kind === 'event' && entry.event.name === 'GroupCreated') return entry.event.data;
    }
    return undefined;
  }

  private async append(groupId: string, created: Created, rows: AcceptedRows, last: number): Promise<Created> {
    let seq = last;
    let open: GroupEvent[] = [];
    let characters = 0;
    for await (const chunk of rows.chunks()) {
      const size = chunk.inputs.reduce((sum, input) => sum + charactersOf(input), 0);
      // One place is kept for the event that ends everything.
      if (open.length >= this.largest.events - 1 || (open.length > 0 && characters + size > this.largest.characters)) {
        ({ lastSeq: seq } = await this.log.append(groupId, open, { of: 'group', seq }));
        open = [];
        characters = 0;
      }
      open.push(chunkEvent(created.batch_id, chunk.firstRow, chunk.inputs));
      characters += size;
    }
    await this.log.append(groupId, [...open, event('GroupCreated', created)], { of: 'group', seq });
    return created;
  }
}

const chunkEvent = (
  batchId: string,
  firstRow: number,
  inputs: EventData<'RowsAccepted'>['inputs'],
): EventOf<'RowsAccepted'> => event('RowsAccepted', { batch_id: batchId, first_row: firstRow, inputs });

function explained(error: unknown): unknown {
  if (error instanceof LogFullError)
    return new MultitaskError('log_full', 'No more task groups can be taken at the moment. Try again later.', {
      retryAfter: 60,
      cause: error,
    });
  if (error instanceof EventTooLargeError)
    return new MultitaskError('too_large', 'A row is larger than the log takes.', { field: 'inputs', cause: error });
  if (error instanceof FenceRefusedError || error instanceof AppendUnclearError)
    return new MultitaskError('not_ready', 'The task group could not be stored just now. Try again.', {
      retryAfter: 2,
      cause: error,
    });
  return error;
}
