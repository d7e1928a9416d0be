import { event, type EventOf, type GroupEvent } from '@multitask/contracts';
import { isOpen, keyOf, type IngestGroup } from '../ingest/ingest-group';

/** Keys of one `RunsRequested`: some 10 kB. */
const keysPerEvent = 1_000;

/**
 * What makes sure that nothing is bought twice after the log lost its newest part: every holder of before is refused from here
 * on, and every row without a run counts as asked for just now, with nobody knowing what became of it. So the list of runs is
 * read, late enough and twice, before any of them is bought; what it shows is adopted.
 */
export function decideDistrust(
  state: IngestGroup,
  terms: { readonly holder: string; readonly deadline: string },
): GroupEvent[] {
  if (!isOpen(state) || state.header!.followed) return [];
  const keys = state.rows.flatMap((row, number) =>
    // A cancelled row may have been bought on its way.
    row.runId === null && row.status !== 'rejected' ? [keyOf({ number, row })] : [],
  );
  const requests: EventOf<'RunsRequested'>[] = [];
  for (let from = 0; from < keys.length; from += keysPerEvent) {
    const batch = state.lastBatch + 1 + requests.length;
    const some = keys.slice(from, from + keysPerEvent);
    requests.push(event('RunsRequested', { batch, keys: some, deadline: terms.deadline }));
  }
  return [event('IngestStarted', { holder: terms.holder, lease_revision: 0 }), ...requests];
}
