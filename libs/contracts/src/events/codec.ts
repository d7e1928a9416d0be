import { eventKinds, type EventName, type GroupEvent } from './registry';

/** Turns the body of an older version into that of the next one. Keyed by the `ce-type` it reads. */
export type Upcaster = (data: unknown) => { type: string; data: unknown };

/** None yet: every event is at version 1. A new version adds its predecessor here and a fixture beside the old one. */
const upcasters: Readonly<Record<string, Upcaster>> = {};

const namesByType = new Map<string, EventName>(
  (Object.keys(eventKinds) as EventName[]).map((name) => [eventKinds[name].type, name]),
);

/** A message that is not an event of ours in any version: it is parked, never guessed at. */
export class UnreadableEventError extends Error {
  override readonly name = 'UnreadableEventError';
}

export const eventType = (name: EventName): string => eventKinds[name].type;

/** Reads a stored body, upcasting older versions. Throws {@link UnreadableEventError}. */
export function decodeEvent(type: string, data: unknown): GroupEvent {
  let current = { type, data };
  for (let upcast = upcasters[current.type]; upcast; upcast = upcasters[current.type]) current = upcast(current.data);
  const name = namesByType.get(current.type);
  if (!name) throw new UnreadableEventError(`unknown event type ${type}`);
  const parsed = eventKinds[name].schema.safeParse(current.data);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UnreadableEventError(`${type}: ${issue?.path.join('.')} ${issue?.message}`);
  }
  return { name, data: parsed.data } as GroupEvent;
}
