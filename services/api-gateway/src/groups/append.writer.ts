import { event, type EventOf, type GroupEvent } from '@multitask/contracts';
import { charactersOf } from '@multitask/task-group';
import type { AcceptedRows } from '../inputs/accepted-rows';
import type { CommandLog } from './command.log';

/** As at a create: well below what one append takes. */
const appendEvents = 200;
const appendCharacters = 8 * 1024 * 1024;

/** Writes the rows of an append and the command that makes them count; rows of a try that was refused stay without effect. */
export async function writeAppend(
  log: CommandLog,
  groupId: string,
  command: EventOf<'InputsAppended'>,
  rows: AcceptedRows,
  fence: number,
): Promise<number> {
  const { batch_id, first_row } = command.data;
  let seq = fence;
  let open: GroupEvent[] = [];
  let characters = 0;
  for await (const { firstRow, inputs } of rows.chunks()) {
    const size = inputs.reduce((sum, input) => sum + charactersOf(input), 0);
    // One place is kept for the command.
    if (open.length >= appendEvents - 1 || (open.length > 0 && characters + size > appendCharacters)) {
      seq = await log.append(groupId, open, seq);
      open = [];
      characters = 0;
    }
    open.push(event('RowsAccepted', { batch_id, first_row: first_row + firstRow, inputs }));
    characters += size;
  }
  return log.append(groupId, [...open, command], seq);
}
