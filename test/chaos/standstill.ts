import { LogFold } from './folds/log.fold';
import { isTerminal } from './folds/row.state';
import type { Ledger, LogAccount, LogMessage } from './ledger';

/** The longest anybody waited for something after a moment, in milliseconds; null where nothing was to be waited for. */
export interface Standstills {
  /** From a death until somebody else held a group that the dead one held. */
  readonly takeover: number | null;
  /** By so much a result was behind the log when somebody looked at it. */
  readonly result: number | null;
  /** From anything in the log until a reader who was connected was told. */
  readonly reader: number | null;
  /** Of a call that creates a group, until it was accepted. */
  readonly create: number | null;
  /** From the end of a group until its webhook arrived. */
  readonly webhook: number | null;
}

/** How long things stood still after `from`; `dead` is the name under which the ingestor held groups that was hit, if one was. */
export function standstillsAfter(ledger: Ledger, from: number, dead?: string): Standstills {
  return {
    takeover: dead === undefined ? null : longest(takeovers(ledger, from, dead)),
    result: longest(resultLags(ledger, from)),
    reader: longest(readerLags(ledger, from)),
    create: longest(ledger.groups.filter((g) => g.askedAt >= from).map((g) => g.acceptedAt - g.askedAt)),
    webhook: longest(webhookLags(ledger, from)),
  };
}

const longest = (all: readonly number[]): number | null => (all.length === 0 ? null : Math.max(...all));

const started = 'multitask.ingest.started.v1';

/** Groups that `dead` held at `from` and had not brought to their end. */
export function heldBy(log: LogAccount, from: number, dead: string): string[] {
  const holders = new Map<string, string>();
  const complete = new Set<string>();
  for (const { type, at, group, data } of log.messages) {
    if (at > from) break;
    if (type === started) holders.set(group, String(data.holder));
    if (type === 'multitask.group.completed.v1') complete.add(group);
  }
  return [...holders].flatMap(([group, holder]) => (holder === dead && !complete.has(group) ? [group] : []));
}

function takeovers(ledger: Ledger, from: number, dead: string): number[] {
  return heldBy(ledger.log, from, dead).map((group) => {
    const next = ledger.log.messages.find((m) => m.at >= from && m.group === group && m.type === started);
    return (next?.at ?? Infinity) - from;
  });
}

/** For each group of `dead`: from its last fact by the dead one to the first by its successor. */
export function gapsOfHandOver(ledger: Ledger, from: number, dead: string): number[] {
  return heldBy(ledger.log, from, dead).flatMap((group) => {
    const facts = ledger.log.messages.filter((m) => m.group === group && m.writer === 'ingest');
    const takeover = facts.findIndex((m) => m.at >= from && m.type === started && m.data.holder !== dead);
    const [last, next] = [facts[takeover - 1], facts[takeover + 1]];
    return takeover < 0 || !last || !next ? [] : [next.at - Math.max(last.at, from)];
  });
}

/** For each look at a result after `from`: how old the oldest end of a row was, of those in the log that it did not show. */
export function resultLags({ log, polls }: Ledger, from: number): number[] {
  const looks = Map.groupBy(
    polls.filter(({ status, at }) => status === 200 && at >= from),
    ({ group }) => group,
  );
  return [...looks].flatMap(([group, answers]) => {
    const ends = endsOf(log.messages.filter((m) => m.group === group));
    return answers.map(({ at, counts }) => Math.max(0, at - (ends[settledIn(counts ?? {})] ?? Infinity)));
  });
}

const settledIn = (counts: Readonly<Record<string, number>>): number =>
  Object.entries(counts).reduce((sum, [status, count]) => sum + (isTerminal(status) ? count : 0), 0);

/** When each row of a group ended, in order. */
function endsOf(messages: readonly LogMessage[]): number[] {
  const fold = new LogFold();
  return messages.flatMap((message) => {
    const ended = fold.take(message)?.rows.filter(({ status }) => isTerminal(status)) ?? [];
    return ended.map(() => message.at);
  });
}

/** Each fact that a reader was told, if it had been connected since before it was stored. */
export function readerLags({ log, readers }: Ledger, from: number): number[] {
  const storedAt = new Map(log.messages.map(({ seq, at }) => [seq, at]));
  return readers.flatMap(({ connections }) =>
    connections.flatMap(({ at: since, frames }) =>
      frames.flatMap(({ id, at }) => {
        const stored = storedAt.get(Number(id?.split('-').at(-1)));
        return stored === undefined || stored < from || stored < since ? [] : [Math.max(0, at - stored)];
      }),
    ),
  );
}

function webhookLags({ log, deliveries }: Ledger, from: number): number[] {
  return log.messages.flatMap(({ type, at, group }) => {
    if (type !== 'multitask.group.completed.v1' || at < from) return [];
    const arrival = deliveries.find((delivery) => delivery.group === group && delivery.at >= at);
    return [(arrival?.at ?? Infinity) - at];
  });
}

/** The value that `share` of all do not exceed. */
export function percentile(all: readonly number[], share: number): number | null {
  if (all.length === 0) return null;
  const sorted = [...all].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}
