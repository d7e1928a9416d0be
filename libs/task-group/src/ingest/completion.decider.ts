import { event, reportsIn, type GroupEvent } from '@multitask/contracts';
import type { HolderMemory } from './holder-memory';
import { isSettled } from '../view/group-view';
import { isOpen, unsettledRows, type IngestGroup } from './ingest-group';

/**
 * The end of the present generation: nothing is asked for and unclear, and every row has its end, which for a completed run
 * means that its output is in the log. What the upstream says of its group is a reason to look, never the rule.
 */
export function decideCompletion(state: IngestGroup, memory: Pick<HolderMemory, 'mustReadList'>): GroupEvent[] {
  // What rows a followed group has, the upstream's list alone can say.
  if (state.header?.followed && memory.mustReadList) return [];
  if (!isOpen(state) || state.batches.size > 0 || unsettledRows(state) > 0) return [];
  const counts = { ...state.counts } as Record<string, number>;
  const cursor = state.reported?.cursor;
  return [
    event('GroupStatusChanged', { counts, is_active: false, ...(cursor && { cursor }) }),
    event('GroupCompleted', { generation: state.header!.generation, counts }),
  ];
}

/** Whether these reports end the last rows of a followed group: others may have come to it since its list was read. */
export function mayEndFollowed(state: IngestGroup, events: readonly GroupEvent[]): boolean {
  if (!state.header?.followed) return false;
  const ends = events.flatMap(reportsIn).filter(({ run }) => isSettled(run.status)).length;
  return ends > 0 && ends >= unsettledRows(state);
}
