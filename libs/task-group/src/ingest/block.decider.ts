import { event, type GroupEvent } from '@multitask/contracts';
import { isSettled } from '../view/group-view';
import { failedRun } from './failed-run';
import { isOpen, keyOf, unsettledRows, type IngestBlock, type IngestGroup } from './ingest-group';
import type { IngestPolicy } from './policy';
import { refuseUnbought } from './purchase.decider';
import { eventsPerRefusals } from './row-refusal';

/**
 * Tells why nothing moves. Tries are counted over one reason; the next one is 1, 2, 4 … 60 minutes away, or when the upstream
 * asked for it. Times in Unix ms.
 */
export function decideBlock(
  state: IngestGroup,
  block: Pick<IngestBlock, 'reason' | 'message'> & { readonly afterMs?: number | undefined },
  now: number,
  policy: IngestPolicy,
): GroupEvent[] {
  const tries = state.blocked?.reason === block.reason ? state.blocked.tries + 1 : 1;
  const wait = block.afterMs ?? Math.min(policy.blockFirstMs * 2 ** Math.min(tries - 1, 30), policy.blockMaxMs);
  const next_try_at = new Date(now + wait).toISOString();
  return [event('GroupBlocked', { reason: block.reason, message: block.message, next_try_at, tries })];
}

/** Only a success of the kind that was refused lifts a block: reading runs does not prove that there is credit. */
export function decideUnblock(state: IngestGroup, proven: readonly IngestBlock['reason'][]): GroupEvent[] {
  return state.blocked && proven.includes(state.blocked.reason) ? [event('GroupUnblocked', {})] : [];
}

/**
 * Whether no row has moved for so long that the group is to be brought to its end: because it is blocked, or because runs never
 * end upstream. Heartbeats, statuses and strangers' runs are no progress.
 */
export const isGivenUp = (state: IngestGroup, stillMs: number, policy: IngestPolicy): boolean =>
  isUnfinished(state) && stillMs >= policy.giveUpMs;

/** Whether something is waited for: the end of rows, or the list of a followed group, which may have none yet. */
export const isUnfinished = (state: IngestGroup): boolean =>
  unsettledRows(state) > 0 || (isOpen(state) && state.header?.followed === true);

/** The end of all rows that have none, with the reason that blocked them. Nothing is bought for them afterwards. */
export function decideGiveUp(state: IngestGroup, policy: IngestPolicy): GroupEvent[] {
  const { code, message } = reasonOf(state, policy);
  const events = eventsPerRefusals(refuseUnbought(state, code, message));
  state.rows.forEach((row, number) => {
    if (row.runId === null || isSettled(row.status)) return;
    const run = failedRun({ run_id: row.runId }, code, message);
    events.push(event('RunUpdated', { key: keyOf({ number, row }), run }));
  });
  return events;
}

function reasonOf({ blocked }: IngestGroup, { giveUpMs }: IngestPolicy): { code: string; message: string } {
  if (blocked) return { code: codes[blocked.reason], message: blocked.message };
  const message = `Parallel has not ended this run, and no other row has moved for ${giveUpMs / 3_600_000} hours.`;
  return { code: 'upstream_failed', message };
}

const codes = {
  credit: 'credit_exhausted',
  key_refused: 'key_refused',
  upstream_down: 'upstream_failed',
} as const satisfies Record<IngestBlock['reason'], string>;
