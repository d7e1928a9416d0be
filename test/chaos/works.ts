import type { FaultAccount, Ledger, LogMessage } from './ledger';
import { advanceOf, checkpointsAt, firstUnprojected } from './progress';

/** Something a service had to do, and the moment somebody outside saw it done; Infinity: nobody did. */
export interface Work {
  /** Infinity: nobody knows from outside when it could be done. */
  readonly dueAt: number;
  readonly seenAt: number;
}

/** The first moment after `from` at which anything was seen done; Infinity when nothing was. */
export const firstSeen = (works: readonly Work[], from: number): number =>
  least(works.map(({ seenAt }) => seenAt).filter((at) => at > from));

/**
 * Milliseconds from `from`, or from when there was something to do if that was later, to the first moment at which anything was
 * seen done. What was asked for much later and done quickly says nothing about those who waited. Null when nothing was done.
 */
export function waitedMs(works: readonly Work[], from: number): number | null {
  const seenAt = firstSeen(works, from);
  if (seenAt === Infinity) return null;
  const dueAt = least(works.filter((work) => work.seenAt > from).map((work) => work.dueAt));
  return seenAt - (dueAt < seenAt ? Math.max(from, dueAt) : from);
}

const least = (times: readonly number[]): number => times.reduce((a, b) => Math.min(a, b), Infinity);

/** Everything the service that a fault hit had to do around it, as far as anybody outside can see it. */
export function worksOf(ledger: Ledger, fault: FaultAccount): Work[] {
  switch (fault.service.split('.')[0]!) {
    case 'api-gateway':
      // Of a call that was under way, the answer may have been on its way already, unless another process had to give it.
      return creations(ledger).filter(({ dueAt }) => fault.restartedAt !== undefined || dueAt > fault.at);
    case 'stream-ingestor':
      return takeovers(ledger);
    case 'results-gateway':
      return connections(ledger, fault.at);
    case 'projector':
      return projections(ledger, fault);
    default:
      return deliveries(ledger, fault.at);
  }
}

/** Calls that create, from the first of them to the one that was accepted. */
export const creations = ({ groups }: Ledger): Work[] =>
  groups.map(({ askedAt, acceptedAt }) => ({ dueAt: askedAt, seenAt: acceptedAt }));

function takeovers({ log }: Ledger): Work[] {
  const created = new Map<string, number>();
  const works: Work[] = [];
  for (const { type, at, group } of log.messages) {
    if (type === 'multitask.group.created.v1') created.set(group, at);
    if (type === 'multitask.ingest.started.v1') works.push({ dueAt: created.get(group) ?? 0, seenAt: at });
  }
  return works;
}

/** Streams that readers asked for after `from`, those they asked for in vain too. */
const connections = ({ readers }: Ledger, from: number): Work[] =>
  readers
    .flatMap((reader) => reader.connections)
    .filter(({ at }) => at > from)
    .map(({ at, status, frames, endedAt }) => ({
      dueAt: at,
      seenAt: frames[0]?.at ?? (status === 204 ? endedAt : Infinity),
    }));

/** One work: what the dead one had not projected when its successor was started. */
function projections({ log, progress }: Ledger, fault: FaultAccount): Work[] {
  const from = fault.restartedAt ?? fault.at;
  const done = checkpointsAt(progress, from, fault.checkpoints, fault.restartCheckpoints);
  const due = firstUnprojected(log.messages, done);
  return [{ dueAt: due?.at ?? Infinity, seenAt: advanceOf(progress, from, done)?.at ?? Infinity }];
}

/** What was due before a death may be in the dead one's hands, which nobody takes out of them before its claim has ended. */
function deliveries({ deliveries: arrivals, log }: Ledger, deathAt: number): Work[] {
  return arrivals.map(({ at, group }) => {
    const dueAt = webhookDueBefore(log.messages, group, at);
    return { dueAt: dueAt > deathAt ? dueAt : Infinity, seenAt: at };
  });
}

/** Webhooks that the notifier wrote into the log. */
export const notifications = ({ log }: Ledger): Work[] =>
  log.messages
    .filter(({ writer }) => writer === 'notify')
    .map(({ at, group }) => ({ dueAt: webhookDueBefore(log.messages, group, at - 1), seenAt: at }));

/** When a webhook of this group was to be sent that is seen then: at the end of the group, or when its last attempt said. */
function webhookDueBefore(messages: readonly LogMessage[], group: string, seenAt: number): number {
  const times = messages
    .filter((m) => m.group === group && m.at <= seenAt)
    .flatMap(({ type, at, data }) => {
      if (type === 'multitask.group.completed.v1') return [at];
      const next = type === 'multitask.webhook.attempted.v1' ? Date.parse(String(data.next_try_at)) : NaN;
      return Number.isNaN(next) ? [] : [next];
    });
  return Math.max(0, ...times);
}
