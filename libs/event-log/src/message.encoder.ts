import { randomBytes } from 'node:crypto';
import { headers as newHeaders, type MsgHdrs } from '@nats-io/transport-node';
import {
  decodeEvent,
  eventKinds,
  eventType,
  limits,
  subjectOf,
  type GroupEvent,
  type Writer,
} from '@multitask/contracts';
import { traceparent } from '@multitask/platform';
import { EventTooLargeError } from './event-log';
import type { FirstStored } from './repairable.log';

/** What an atomic batch may hold: messages by the server's limit, events by ours. */
export const batchLimits = { events: 200, messages: 1_000, bytes: 64 * 1024 * 1024 } as const;

/** Header of an event's own message: how many part messages stand directly before it. */
export const partsHeader = 'multitask-parts';

/** Header of a fact that is stored again after the log had lost it: when it was stored first. */
export const firstStoredHeader = 'multitask-first-stored-at';

const tombstoneTtl = '8760h';

export interface OutgoingMessage {
  readonly subject: string;
  readonly headers: MsgHdrs;
  readonly data: Uint8Array;
}

export interface EncodedEvents {
  readonly writer: Writer;
  readonly messages: readonly OutgoingMessage[];
  /** `ce-id` of each event, in order. */
  readonly ids: readonly string[];
}

/**
 * Turns events into messages: an event over 256 KiB is preceded by its parts, and its own message holds the last piece, so
 * that an event is complete when its message arrives. Throws {@link EventTooLargeError}, or a TypeError for events that could
 * never be read again or exceed {@link batchLimits}. `author` names the process in `ce-source`, so that the log itself shows who
 * held a group and whether a stale holder ever got through.
 */
export function encodeEvents(groupId: string, events: readonly FirstStored[], author?: string): EncodedEvents {
  const [first] = events;
  if (!first || events.length > batchLimits.events)
    throw new TypeError(`1 to ${batchLimits.events} events can be appended at once, not ${events.length}`);
  const writer = eventKinds[first.name].writer;
  const appendId = randomBytes(12).toString('base64url');
  const trace = traceparent();
  const ids: string[] = [];
  const messages: OutgoingMessage[] = [];
  events.forEach((event, ordinal) => {
    if (eventKinds[event.name].writer !== writer)
      throw new TypeError(`${event.name} has another writer than ${writer}`);
    const id = `${appendId}.${ordinal}`;
    ids.push(id);
    const pieces = cut(bodyOf(event), limits.eventPartBytes);
    const last = pieces.pop()!;
    for (const data of pieces) messages.push({ subject: subjectOf(groupId, 'part'), headers: partHeaders(id), data });
    const headers = eventHeaders(groupId, event, id, author);
    if (pieces.length > 0) headers.set(partsHeader, String(pieces.length));
    if (event.name === 'GroupExpired') headers.set('Nats-TTL', tombstoneTtl);
    if (event.firstStoredAt !== undefined) headers.set(firstStoredHeader, event.firstStoredAt);
    if (trace !== undefined) headers.set('traceparent', trace);
    messages.push({ subject: subjectOf(groupId, writer), headers, data: last });
  });
  const bytes = messages.reduce((sum, message) => sum + message.data.length, 0);
  if (messages.length > batchLimits.messages || bytes > batchLimits.bytes)
    throw new TypeError(`${messages.length} messages and ${bytes} bytes do not fit one append; see splitForAppend`);
  return { writer, messages, ids };
}

/** Cuts a list of events into as many appends as they need. */
export function splitForAppend<E extends GroupEvent>(events: readonly E[]): E[][] {
  const appends: E[][] = [];
  let used = { events: Infinity, messages: 0, bytes: 0 };
  for (const event of events) {
    const bytes = bodyOf(event).length;
    const messages = Math.max(1, Math.ceil(bytes / limits.eventPartBytes));
    const fits =
      used.events < batchLimits.events &&
      used.messages + messages <= batchLimits.messages &&
      used.bytes + bytes <= batchLimits.bytes;
    if (!fits) {
      appends.push([]);
      used = { events: 0, messages: 0, bytes: 0 };
    }
    appends.at(-1)!.push(event);
    used = { events: used.events + 1, messages: used.messages + messages, bytes: used.bytes + bytes };
  }
  return appends;
}

function bodyOf(event: GroupEvent): Uint8Array {
  // What cannot be read again would be parked by every reader for ever: it must fail here, at its source.
  decodeEvent(eventType(event.name), event.data);
  const body = Buffer.from(JSON.stringify(event.data));
  if (body.length > limits.eventBytes)
    throw new EventTooLargeError(`${event.name} has ${body.length} bytes; the log takes ${limits.eventBytes}`);
  return body;
}

function cut(body: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < body.length; from += size) pieces.push(body.subarray(from, from + size));
  return pieces;
}

function eventHeaders(groupId: string, event: GroupEvent, id: string, author: string | undefined): MsgHdrs {
  const headers = newHeaders();
  headers.set('ce-specversion', '1.0');
  headers.set('ce-id', id);
  headers.set('ce-type', eventType(event.name));
  headers.set('ce-source', ['multitask', eventKinds[event.name].writer, author].filter(Boolean).join('/'));
  headers.set('ce-subject', groupId);
  headers.set('ce-time', new Date().toISOString());
  return headers;
}

function partHeaders(id: string): MsgHdrs {
  const headers = newHeaders();
  headers.set('ce-id', id);
  return headers;
}
