import { fingerprintOf, seqOf, type LogEntry } from '@multitask/event-log';
import type { PoisonEvent, ProjectionBatch } from '@multitask/read-model';

const longestRaw = 16 * 1024;

/** One transaction's worth of the log. */
export function projectionBatch(entries: readonly LogEntry[]): ProjectionBatch {
  const last = entries.at(-1)!;
  return {
    events: entries.flatMap((entry) => (entry.kind === 'event' ? [entry.event] : [])),
    poison: entries.flatMap((entry) => (entry.kind === 'unreadable' ? [entry.message] : [])),
    until: { seq: seqOf(last), fingerprint: fingerprintOf(last) },
  };
}

/** An entry that could be read but not be written. */
export function poisonOf(entry: LogEntry, error: unknown): PoisonEvent {
  if (entry.kind === 'unreadable') return entry.message;
  const { groupId, seq, name, data } = entry.event;
  const reason = `${name}: ${error instanceof Error ? error.message : String(error)}`;
  return { groupId, seq, reason, raw: JSON.stringify(data).slice(0, longestRaw) };
}
