import { messagesByGroup } from './folds/log.fold';
import type { FaultAccount, GroupAccount, Ledger, LogMessage } from './ledger';

/** What the product was doing for some group at one moment, as seen from outside. */
export const phases = ['creating', 'before POST', 'in POST', 'after POST', 'completing', 'projecting'] as const;
export type Phase = (typeof phases)[number];

interface Interval {
  readonly phase: Phase;
  readonly from: number;
  readonly to: number;
}

/** The phases a fault fell into: several, since several groups are on their way at once. */
export function phasesHit(ledger: Ledger, fault: FaultAccount): Phase[] {
  const logged = messagesByGroup(ledger.log.messages);
  const open = ledger.groups.flatMap((group) => intervalsOf(group, logged.get(group.answers[0]!.id) ?? [], ledger));
  const hit = new Set(open.filter(({ from, to }) => from <= fault.at && fault.at < to).map(({ phase }) => phase));
  if (isProjecting(ledger.log.messages, fault)) hit.add('projecting');
  return phases.filter((phase) => hit.has(phase));
}

function intervalsOf(group: GroupAccount, messages: readonly LogMessage[], ledger: Ledger): Interval[] {
  const id = group.answers[0]!.id;
  const created = messages.find(({ type }) => type === 'multitask.group.created.v1')?.at ?? group.acceptedAt;
  const posts = ledger.upstream.requests
    .filter((request) => request.group === id && request.endpoint === 'add_runs')
    .map(({ at, closedAt }) => ({ at, closedAt: closedAt ?? at }));
  const intervals: Interval[] = [{ phase: 'creating', from: group.askedAt, to: created }];
  let free = created;
  for (const { at, closedAt } of posts) {
    intervals.push({ phase: 'before POST', from: free, to: at }, { phase: 'in POST', from: at, to: closedAt });
    free = closedAt;
  }
  const { events } = ledger.upstream;
  const settled = Math.max(
    free,
    ...events.filter((event) => event.group === id && event.type === 'task_run.state').map(({ at }) => at),
  );
  const told = Math.max(
    settled,
    ...ledger.deliveries
      .filter((d) => d.group === id && d.answered < 300)
      .slice(0, 1)
      .map(({ at }) => at),
  );
  return [
    ...intervals,
    { phase: 'after POST', from: free, to: settled },
    { phase: 'completing', from: settled, to: told },
  ];
}

/** Something was in the log that the read model did not have yet. */
const isProjecting = (messages: readonly LogMessage[], { at, checkpoints }: FaultAccount): boolean =>
  messages.some((message) => message.at <= at && message.seq > (checkpoints[message.partition] ?? 0));

/** Phases that faults in a service must have met; `creating` only concerns who creates. */
export const requiredPhases = (service: string): readonly Phase[] =>
  phases.filter((phase) => phase !== 'creating' || service === 'api-gateway');
