import { setImmediate as othersTurn } from 'node:timers/promises';
import type { EventName } from '@multitask/contracts';
import type { EventLog } from '@multitask/event-log';
import { framesOf } from '@multitask/result-formats';
import { applyToView, changedRows, emptyFold } from '@multitask/task-group';
import { FrameSlab } from './frame.slab';
import { forgetResult } from './forgotten.result';
import { entriesOf, type StreamEntry } from './stream-entry';

/** Events that no reader is told of, whatever the group's state. */
const quiet: ReadonlySet<EventName> = new Set<EventName>([
  'RowsAccepted',
  'IngestStarted',
  'RunsRequested',
  'SurplusRunSeen',
  'GroupStatusChanged',
  'WebhookAttempted',
  'WebhookGaveUp',
]);

/**
 * The sequence up to which a reader that has everything up to `seq` missed nothing, if that is the end of the log as it is now;
 * undefined when it did miss something. Cheap, because nothing has to be folded for it.
 */
export async function quietUntil(log: EventLog, groupId: string, seq: number): Promise<number | undefined> {
  let reached = seq;
  for await (const entry of log.readGroup(groupId, seq + 1)) {
    if (entry.kind !== 'event') continue;
    if (!quiet.has(entry.event.name)) return undefined;
    reached = entry.event.seq;
  }
  return reached;
}

/** Whether what was told at `seq` was the end of a generation: the log knows that before the read model does. */
export async function endsAt(log: EventLog, groupId: string, seq: number): Promise<boolean> {
  for await (const entry of log.readGroup(groupId, seq))
    return entry.kind === 'event' && entry.event.seq === seq && entry.event.name === 'GroupCompleted';
  return false;
}

/** Milliseconds for which a reader that was away may keep those waiting who are here: the log comes in runs of 4 MiB. */
const atOnceMs = 2;

/**
 * What a reader that has everything up to `afterSeq` missed, up to the end of the log as it is now. An event's frames depend on
 * the group's state before it, so the log is folded from its beginning; that is for readers who were away for long. Only for whoever has a turn of {@link FoldTurns}.
 */
export async function* catchUp(
  log: EventLog,
  groupId: string,
  incarnation: string,
  afterSeq: number,
): AsyncGenerator<{ readonly seq: number; readonly entries: readonly StreamEntry[] }> {
  const fold = emptyFold(groupId);
  const slab = new FrameSlab();
  let since = performance.now();
  for await (const entry of log.readGroup(groupId)) {
    if (entry.kind !== 'event') continue;
    const { event } = entry;
    applyToView(fold, event);
    if (!fold.view) continue;
    const { seq } = event;
    if (seq > afterSeq) yield { seq, entries: entriesOf(framesOf(fold.view, event), { incarnation, seq }, slab) };
    for (const row of changedRows(fold.view, event)) forgetResult(row);
    if (performance.now() - since < atOnceMs) continue;
    await othersTurn();
    since = performance.now();
  }
}
