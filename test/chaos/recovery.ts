import type { Ledger } from './ledger';
import { percentile, readerLags, resultLags } from './standstill';

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

/** What is promised: how soon a killed service works again, and how soon nobody notices any more. */
export const promised = { workingAgainMs: 5_000, lagMs: 1_000, lagWithinMs: 15_000, share: 0.95 } as const;

/**
 * Milliseconds from when a process of the same name was started, or from when there was something for it to do if that was later,
 * to the first sign of its work; null when there is none.
 */
export function workingAgainMs(ledger: Ledger): number | null {
  const [fault] = ledger.faults;
  if (!fault?.restartedAt) return null;
  const from = fault.restartedAt;
  const waits = worksOf(fault.service.split('.')[0]!, ledger)
    .filter(({ seenAt }) => seenAt > from)
    .map(({ seenAt, dueAt }) => seenAt - Math.max(from, dueAt));
  return waits.length === 0 ? null : Math.max(0, Math.min(...waits));
}

interface Work {
  /** When there was something to do. */
  readonly dueAt: number;
  readonly seenAt: number;
}

function worksOf(service: string, { faults, groups, log, readers, deliveries, polls }: Ledger): Work[] {
  const { at: killedAt } = faults[0]!;
  switch (service) {
    case 'api-gateway':
      return groups.map(({ askedAt, acceptedAt }) => ({ dueAt: askedAt, seenAt: acceptedAt }));
    case 'stream-ingestor':
      return log.messages
        .filter(({ type }) => type === 'multitask.ingest.started.v1')
        .map(({ at, group }) => ({ dueAt: createdAt(group), seenAt: at }));
    case 'results-gateway':
      return readers
        .flatMap(({ connections }) => connections)
        .filter(({ at, frames }) => at > killedAt && frames.length > 0)
        .map(({ at, frames }) => ({ dueAt: at, seenAt: frames[0]!.at }));
    case 'projector': {
      const dueAt = log.messages.find(({ at }) => at > killedAt)?.at ?? Infinity;
      return polls.filter(({ at, changed }) => at > dueAt && changed?.length).map(({ at }) => ({ dueAt, seenAt: at }));
    }
    default:
      return deliveries.map(({ at, group }) => ({ dueAt: dueBefore(group, at), seenAt: at }));
  }

  function createdAt(group: string): number {
    return log.messages.find((m) => m.group === group && m.type === 'multitask.group.created.v1')?.at ?? 0;
  }

  /** When a webhook that arrived then was to be sent: at the end of the group, or when its last attempt said. */
  function dueBefore(group: string, arrivedAt: number): number {
    const times = log.messages
      .filter((m) => m.group === group && m.at <= arrivedAt)
      .flatMap(({ type, at, data }) => {
        if (type === 'multitask.group.completed.v1') return [at];
        const next = type === 'multitask.webhook.attempted.v1' ? Date.parse(String(data.next_try_at)) : NaN;
        return Number.isNaN(next) ? [] : [next];
      });
    return Math.max(0, ...times);
  }
}

/** By how much readers and results were behind the log once it should be over. */
export function lagsOnceOver(ledger: Ledger): number[] {
  const [fault] = ledger.faults;
  if (!fault) return [];
  const from = fault.at + promised.lagWithinMs;
  return [...readerLags(ledger, from), ...resultLags(ledger, from)];
}

/** What is wrong with these figures; undefined when they keep what is promised, or when there are too few to say. */
export function missed(figures: readonly number[], limitMs: number): string | undefined {
  const reached = percentile(figures, promised.share);
  if (figures.length < 5 || reached! <= limitMs) return undefined;
  return `p95 of ${figures.length} is ${reached} ms, above ${limitMs}`;
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
