import { event, type GroupEvent } from '@multitask/contracts';
import { countsText, type IngestGroup } from './ingest-group';
import type { IngestPolicy } from './policy';

/**
 * Our own counts and how far the upstream's stream was read, when either changed and the last report is old enough.
 * `logNow` in Unix milliseconds by the log.
 */
export function decideStatus(
  state: IngestGroup,
  cursor: string | undefined,
  logNow: number,
  policy: IngestPolicy,
): GroupEvent[] {
  const { reported } = state;
  const counts = { ...state.counts } as Record<string, number>;
  const age = reported ? logNow - reported.at : Number.POSITIVE_INFINITY;
  const moved = countsText(counts) !== reported?.counts;
  const read = cursor !== undefined && cursor !== reported?.cursor;
  const due = (moved && age >= policy.statusEveryMs) || (read && age >= policy.cursorEveryMs);
  if (!due) return [];
  const known = cursor ?? reported?.cursor;
  return [event('GroupStatusChanged', { counts, is_active: true, ...(known && { cursor: known }) })];
}
