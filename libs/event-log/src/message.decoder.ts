import { createHash } from 'node:crypto';
import { decodeEvent, parseSubject } from '@multitask/contracts';
import type { LogEntry } from './event-log';
import { firstStoredHeader, partsHeader } from './message.encoder';

/** A message as it lies in the stream, whichever way it was read. */
export interface StoredMessage {
  readonly subject: string;
  readonly seq: number;
  /** When the server stored it. */
  readonly time: Date;
  readonly data: Uint8Array;
  header(name: string): string | undefined;
}

/** How much of an unreadable message is kept for whoever looks at it. */
const rawBytesKept = 16 * 1024;

export const isPart = (message: StoredMessage): boolean => message.subject.endsWith('.part');

export const partsOf = (message: StoredMessage): number => {
  const count = Number(message.header(partsHeader) ?? 0);
  return Number.isSafeInteger(count) && count > 0 && count < 1_000 ? count : 0;
};

/** Reads one event; `parts` are its earlier pieces in order. Never throws: what cannot be read is said to be unreadable. */
export function decodeMessage(message: StoredMessage, parts: readonly Uint8Array[]): LogEntry {
  const groupId = parseSubject(message.subject)?.groupId;
  try {
    if (groupId === undefined) throw new Error(`unknown subject ${message.subject}`);
    const whole = Buffer.concat([...parts, message.data]);
    const body: unknown = JSON.parse(whole.toString('utf8'));
    const event = decodeEvent(message.header('ce-type') ?? 'none', body);
    const place = { groupId, seq: message.seq, time: timeOf(message), id: message.header('ce-id') ?? '' };
    return { kind: 'event', event: { ...event, ...place }, bytes: whole.length };
  } catch (error) {
    return unreadable(message, error instanceof Error ? error.message : String(error));
  }
}

/** Of a fact that was stored again, the time it was stored first. */
function timeOf(message: StoredMessage): string {
  const first = Date.parse(message.header(firstStoredHeader) ?? '');
  return (Number.isNaN(first) ? message.time : new Date(first)).toISOString();
}

export function unreadable(message: StoredMessage, reason: string): LogEntry {
  const raw = Buffer.from(message.data.subarray(0, rawBytesKept)).toString('utf8');
  const id = message.header('ce-id') ?? '';
  const place = { groupId: groupTokenOf(message), seq: message.seq, id };
  return { kind: 'unreadable', message: { ...place, reason, raw }, bytes: raw.length };
}

export const seqOf = (entry: LogEntry): number => (entry.kind === 'event' ? entry.event.seq : entry.message.seq);

/**
 * Identifies a stored message: a log that was rewound holds another one at the same sequence, since `ce-id` is unique to each
 * append. The same as {@link EventLog.fingerprint} gives for the entry's sequence.
 */
export function fingerprintOf(entry: LogEntry): string {
  const { groupId, seq, id } = entry.kind === 'event' ? entry.event : entry.message;
  return hashOf(groupId, seq, id);
}

export const fingerprintOfMessage = (message: StoredMessage): string =>
  hashOf(groupTokenOf(message), message.seq, message.header('ce-id') ?? '');

const groupTokenOf = (message: StoredMessage): string => message.subject.split('.')[2] ?? '';

const hashOf = (...facts: (string | number)[]): string =>
  createHash('sha256').update(facts.join('\n')).digest('base64url').slice(0, 22);
