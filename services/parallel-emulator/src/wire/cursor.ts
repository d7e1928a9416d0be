import { invalid } from './api-error';

/** The two streams of a group. Their cursors differ in the first letter, so that mixing them up is noticed. */
export type CursorKind = 'runs' | 'events';

const letter = { runs: 'r', events: 'e' } as const;

/** Opaque to clients; increasing as strings. Position 0 is the beginning. */
export const cursorOf = (kind: CursorKind, position: number): string =>
  `${letter[kind]}${String(position).padStart(12, '0')}`;

/** The position just before a batch, or null before the first one. */
export const cursorBefore = (kind: CursorKind, position: number): string | null =>
  position === 0 ? null : cursorOf(kind, position);

export function positionOf(kind: CursorKind, cursor: string | undefined): number {
  if (cursor === undefined || cursor === '') return 0;
  if (new RegExp(`^${letter[kind]}\\d{12}$`).test(cursor)) return Number(cursor.slice(1));
  const loc = ['query', 'last_event_id'];
  throw invalid([{ loc, msg: `Not an event_id of the ${kind} stream`, type: 'value_error' }]);
}
