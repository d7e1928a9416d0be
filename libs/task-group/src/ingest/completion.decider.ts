import { event, type GroupEvent } from '@multitask/contracts';
import { isOpen, unsettledRows, type IngestGroup } from './ingest-group';

/**
 * The end of the present generation: nothing is asked for and unclear, and every row has its end, which for a completed run
 * means that its output is in the log. What the upstream says of its group is a reason to look, never the rule.
 */
export function decideCompletion(state: IngestGroup): GroupEvent[] {
  if (!isOpen(state) || state.batches.size > 0 || unsettledRows(state) > 0) return [];
  const counts = { ...state.counts } as Record<string, number>;
  const cursor = state.reported?.cursor;
  return [
    event('GroupStatusChanged', { counts, is_active: false, ...(cursor && { cursor }) }),
    event('GroupCompleted', { generation: state.header!.generation, counts }),
  ];
}
