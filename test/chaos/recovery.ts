import type { Ledger } from './ledger';

/**
 * Milliseconds from the first fault to the first sign that the service it hit works again, as far as anybody outside can see one;
 * null when there was nothing left for it to do.
 */
export function recoveredMs(ledger: Ledger): number | null {
  const [fault] = ledger.faults;
  if (!fault) return null;
  let first = Infinity;
  for (const at of signsOf(fault.service.split('.')[0]!, ledger)) if (at > fault.at && at < first) first = at;
  return first === Infinity ? null : first - fault.at;
}

function signsOf(service: string, { faults, groups, log, readers, deliveries, polls }: Ledger): number[] {
  const frames = readers.flatMap(({ connections }) => connections);
  switch (service) {
    case 'api-gateway':
      return groups.filter(({ askedAt }) => askedAt > faults[0]!.at).map(({ acceptedAt }) => acceptedAt);
    case 'stream-ingestor':
      return log.messages.filter(({ type }) => type === 'multitask.ingest.started.v1').map(({ at }) => at);
    case 'results-gateway':
      return frames
        .filter(({ at, status }) => at > faults[0]!.at && status === 200)
        .flatMap((c) => c.frames.map(({ at }) => at));
    case 'projector':
      return polls.filter(({ at, changed }) => at > faults[0]!.at && (changed?.length ?? 0) > 0).map(({ at }) => at);
    default:
      return deliveries.map(({ at }) => at);
  }
}
