import { messagesByGroup } from '../../chaos/folds/log.fold';
import type { LogMessage } from '../../chaos/ledger';

/** A group goes on within so long after the power of a node that held it was cut; `unanswered`: it waits for the end of a purchase. */
const goesOnWithinMs = { otherwise: 60_000, unanswered: 150_000 };

export interface Purchase {
  readonly group: string;
  readonly at: number;
}

export const isPurchase = ({ type }: LogMessage): boolean => type === 'multitask.runs.requested.v1';

/** Batches asked for by these ingestors, of whose end the log knows nothing. */
export function openPurchases(messages: readonly LogMessage[], ingestors: readonly string[]): Purchase[] {
  const open: Purchase[] = [];
  for (const [group, all] of messagesByGroup(messages)) {
    let isTheirs = false;
    const batches = new Map<unknown, Purchase>();
    for (const message of all) {
      const { type, data, at } = message;
      if (type === 'multitask.ingest.started.v1')
        isTheirs = ingestors.some((name) => String(data.holder).startsWith(name));
      if (isPurchase(message) && isTheirs) batches.set(data.batch, { group, at });
      if (type === 'multitask.runs.added.v1') batches.delete(data.batch);
    }
    open.push(...batches.values());
  }
  return open;
}

export interface Wait {
  readonly group: string;
  /** The longest time in which the log heard nothing of the group. */
  readonly ms: number;
  /** A purchase of it was unanswered. */
  readonly unanswered: boolean;
}

/** For each group that was under way when it became dark. */
export function waitsOf(messages: readonly LogMessage[], dark: number, ingestors: readonly string[]): Wait[] {
  const before = messages.filter(({ at }) => at <= dark);
  const unanswered = new Set(openPurchases(before, ingestors).map(({ group }) => group));
  const all = messagesByGroup(messages.filter(({ writer }) => writer === 'ingest'));
  return [...messagesByGroup(before)]
    .filter(([, known]) => !known.some(({ type }) => type === 'multitask.group.completed.v1'))
    .map(([group]) => {
      const times = (all.get(group) ?? []).map(({ at }) => at).filter((at) => at > dark);
      const gaps = times.map((at, i) => at - (times[i - 1] ?? dark));
      return { group, ms: gaps.length === 0 ? Infinity : Math.max(...gaps), unanswered: unanswered.has(group) };
    });
}

/** What is wrong with these waits. */
export function lateOf(waits: readonly Wait[]): string[] {
  const tooLate = waits.filter(({ ms, unanswered }) => ms > goesOnWithinMs[unanswered ? 'unanswered' : 'otherwise']);
  return [
    ...(waits.length === 0 ? ['no group was under way'] : []),
    ...(waits.some(({ unanswered }) => unanswered) ? [] : ['no group had an unanswered purchase']),
    ...tooLate.map(({ group, ms }) => `nothing was heard of ${group} for ${seconds(ms)}`),
  ];
}

export const inWords = ({ ms, unanswered }: Wait): string =>
  `a group ${unanswered ? 'with an unanswered purchase ' : ''}was silent for ${seconds(ms)} at most`;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
