import type { Run, RunStatus } from '../model/run';
import type { RunCounts } from '../model/run.counts';

/**
 * The status of a run that is not cancelled, from the counts of its tasks alone. A run whose tasks have all ended shows their
 * outcome; while it is not sealed, the next enqueue opens it again.
 */
export function runStatusOf({ sealed, status }: Pick<Run, 'sealed' | 'status'>, counts: RunCounts): RunStatus {
  if (status === 'cancelled') return 'cancelled';
  const count = (...places: readonly (keyof RunCounts)[]) =>
    places.reduce((sum, place) => sum + (counts[place] ?? 0), 0);
  if (count('leased', 'running') > 0) return 'active';
  const paused = count('blocked', 'waiting_input');
  // Queued tasks that wait for a paused one wait with it.
  if (paused > 0 && count('ready') === 0) return 'waiting';
  if (count('queued') + paused > 0) return wasAtWork(counts) || status !== 'pending' ? 'active' : 'pending';
  if (count('failed') > 0) return 'failed';
  if (count('completed') > 0) return 'completed';
  // Nothing ran and nothing will: skipped or cancelled tasks alone, or a sealed run without any.
  if (count('cancelled', 'skipped') > 0) return 'cancelled';
  return sealed ? 'completed' : 'pending';
}

const wasAtWork = (counts: RunCounts): boolean =>
  (counts.completed ?? 0) + (counts.failed ?? 0) + (counts.blocked ?? 0) + (counts.waiting_input ?? 0) > 0;

/** Whether the run takes no more tasks. An unsealed run that shows an outcome is still open. */
export const isClosed = ({ sealed, status }: Pick<Run, 'sealed' | 'status'>): boolean =>
  sealed || status === 'cancelled';

/** Whether the run shows an outcome; while it is not sealed, it may open again. */
export const hasEnded = (status: RunStatus): boolean =>
  status === 'completed' || status === 'failed' || status === 'cancelled';
