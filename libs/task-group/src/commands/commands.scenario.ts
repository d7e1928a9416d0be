import type { EventData, GroupEvent } from '@multitask/contracts';
import { event } from '@multitask/contracts';
import { created, given as givenIngest, groupId, recorded } from '../ingest/ingest.scenario';
import { evolveCommands, newCommandGroup, type CommandGroup } from './command-group';

/** The same facts as both folds of a command see them. */
export function given(...events: readonly GroupEvent[][]) {
  const state: CommandGroup = recorded(events.flat()).reduce(evolveCommands, newCommandGroup(groupId));
  return { state, group: givenIngest(...events) };
}

export const rejected = (...keys: string[]): GroupEvent[] => [
  event('RunsRejected', { runs: keys.map((key) => ({ key, code: 'invalid_inputs', message: 'No.' })) }),
];

export function appended(
  first: number,
  rows: number,
  generation: number,
  changes: Partial<EventData<'InputsAppended'>> = {},
): GroupEvent[] {
  const batch_id = `b${generation}`;
  const inputs = Array.from({ length: rows }, (_, i) => ({ company: `Company ${first + i}` }));
  return [
    event('RowsAccepted', { batch_id, first_row: first, inputs }),
    event('InputsAppended', {
      batch_id,
      first_row: first,
      row_count: rows,
      generation,
      credential_id: `cred_${generation}`,
      ...changes,
    }),
  ];
}

export const cancelled = (generation = 1): GroupEvent[] => [event('CancelRequested', { generation })];
export const deleted = (generation = 1): GroupEvent[] => [event('DeleteRequested', { generation })];
export const blocked = (): GroupEvent[] => [
  event('GroupBlocked', { reason: 'credit', message: 'Add credit.', next_try_at: '2026-01-01T01:00:00Z', tries: 1 }),
];
export { created, groupId };
