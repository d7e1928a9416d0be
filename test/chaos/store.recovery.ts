import type { Ledger, ProgressAccount } from './ledger';
import { creations, notifications, waitedMs } from './works';

/**
 * Milliseconds until each service was seen at work again, from outside: from `readyAt`, or from when there was something for it to
 * do. Null when there was nothing any more: what should have come and did not, the round waits for.
 */
export function resumedMs(ledger: Ledger, readyAt: number) {
  const { log, progress, readers } = ledger;
  const fresh = log.messages.filter(({ at }) => at >= readyAt);
  const since = (done: readonly number[], due = readyAt) => least(done.filter((at) => at >= due).map((at) => at - due));
  const stored = fresh[0]?.at;
  const frames = readers.flatMap(({ connections }) => connections.flatMap((connection) => connection.frames));
  return {
    'api-gateway': waitedMs(creations(ledger), readyAt),
    'stream-ingestor': since(fresh.filter(({ writer }) => writer === 'ingest').map(({ at }) => at)),
    projector: since(advances(progress), stored),
    'results-gateway': since(
      frames.filter(({ event }) => event !== 'notice').map(({ at }) => at),
      stored,
    ),
    notifier: waitedMs(notifications(ledger), readyAt),
  };
}

const least = (values: readonly number[]): number | null =>
  values.length > 0 ? values.reduce((a, b) => Math.min(a, b)) : null;

const sum = (checkpoints: ProgressAccount['checkpoints']): number =>
  Object.values(checkpoints).reduce((total, seq) => total + seq, 0);

const advances = (samples: readonly ProgressAccount[]): number[] =>
  samples.flatMap(({ at, checkpoints }, i) => (i > 0 && sum(checkpoints) > sum(samples[i - 1]!.checkpoints) ? at : []));

/** What is wrong with how soon a service worked again after each outage; null: it had nothing to do any more. */
export function lateAfter(waits: readonly (number | null)[], limitMs: number): string | undefined {
  if (waits.every((ms) => ms === null)) return 'it was not seen at work after any outage';
  const late = waits.flatMap((ms, i) => (ms !== null && ms > limitMs ? [`after ${ms} ms (outage ${i + 1})`] : []));
  return late.length > 0 ? late.join(', ') : undefined;
}

export interface Throughput {
  /** Events a second that were projected, before the fault and in the best ten seconds of the thirty after it. */
  readonly before: number;
  readonly after: number;
  /** Events of the log that were not projected 30 s after it, a second of grace for the newest. */
  readonly behind: number;
}

const windowMs = 10_000;
const recoveryMs = 30_000;

/** Null when there is too little of either time to measure. */
export function throughputOf(ledger: Ledger, { at, readyAt }: { at: number; readyAt: number }): Throughput | null {
  const byPartition = new Map<string, number[]>();
  for (const { partition, seq } of ledger.log.messages)
    byPartition.set(partition, [...(byPartition.get(partition) ?? []), seq]);
  const projected = ledger.progress.map(({ at: time, checkpoints }) => ({
    at: time,
    events: [...byPartition].reduce(
      (total, [partition, seqs]) => total + seqs.filter((seq) => seq <= (checkpoints[partition] ?? 0)).length,
      0,
    ),
  }));
  const rate = (from: number, to: number) => {
    const inside = projected.filter((point) => point.at >= from && point.at <= to);
    const [begin, end] = [inside[0], inside.at(-1)];
    if (!begin || !end || end.at - begin.at < 0.7 * (to - from)) return undefined;
    return (end.events - begin.events) / ((end.at - begin.at) / 1_000);
  };
  const before = rate(at - windowMs, at);
  const after: number[] = [];
  for (let from = readyAt; from + windowMs <= readyAt + recoveryMs; from += 1_000)
    after.push(rate(from, from + windowMs) ?? 0);
  const end = projected.findLast((point) => point.at <= readyAt + recoveryMs);
  const due = ledger.log.messages.filter((message) => message.at <= (end?.at ?? 0) - 1_000).length;
  if (before === undefined || !end) return null;
  return { before, after: Math.max(...after), behind: Math.max(0, due - end.events) };
}
