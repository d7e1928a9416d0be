import type { EventLog } from '@multitask/event-log';
import type { Checkpoint } from '@multitask/read-model';

/** The log is not the one that was projected: another one, or an older copy of it. */
export class LogWentBackError extends Error {
  override readonly name = 'LogWentBackError';
}

/**
 * Throws {@link LogWentBackError} unless the log still holds what was projected up to the checkpoint. A message that is gone
 * because its group was purged proves nothing, so then only the end of the log is looked at.
 */
export async function verifyLog(log: EventLog, checkpoint: Checkpoint): Promise<void> {
  const { partition, incarnation, seq, fingerprint } = checkpoint;
  const actual = await log.incarnation();
  if (actual !== incarnation)
    throw new LogWentBackError(
      `Partition ${partition} was projected from the log ${incarnation}, but the log is now ${actual}.`,
    );
  if (seq === 0) return;
  const stored = await log.fingerprint(seq);
  if (stored !== undefined && fingerprint !== null && stored !== fingerprint)
    throw new LogWentBackError(`Partition ${partition}: another message than the projected one stands at ${seq}.`);
  if (stored !== undefined) return;
  const { lastSeq } = await log.state();
  if (lastSeq < seq)
    throw new LogWentBackError(`Partition ${partition} was projected up to ${seq}, but the log ends at ${lastSeq}.`);
}
