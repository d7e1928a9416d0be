import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger, LogMessage } from './ledger';
import type { TableWitness } from './participants/table.witness';

/** How far each partition was projected at one time. */
export interface ProgressSample {
  readonly at: number;
  readonly checkpoints: Readonly<Record<string, number>>;
}

/** Looks at the checkpoints again and again; what cannot be asked is left out. */
export class ProgressWatch {
  readonly samples: ProgressSample[] = [];
  readonly #leaving = new AbortController();
  readonly #running: Promise<void>;

  constructor(tables: TableWitness, everyMs = 200) {
    this.#running = this.#watch(tables, everyMs);
  }

  async close(): Promise<void> {
    this.#leaving.abort();
    await this.#running;
  }

  async #watch(tables: TableWitness, everyMs: number): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      const checkpoints = await tables.checkpoints().catch(() => undefined);
      if (checkpoints) this.samples.push({ at: Date.now(), checkpoints });
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/**
 * Milliseconds until each service was seen at work again, from outside: from `readyAt`, or from when there was something for it to
 * do. Null when there was nothing any more: what should have come and did not, the round waits for.
 */
export function resumedMs(ledger: Ledger, samples: readonly ProgressSample[], readyAt: number) {
  const { groups, log, readers } = ledger;
  const fresh = log.messages.filter(({ at }) => at >= readyAt);
  const since = (done: readonly number[], due = readyAt) => least(done.filter((at) => at >= due).map((at) => at - due));
  const stored = fresh[0]?.at;
  const completed = new Map(log.messages.filter(isCompletion).map(({ group, at }) => [group, at]));
  const frames = readers.flatMap(({ connections }) => connections.flatMap((connection) => connection.frames));
  return {
    'api-gateway': least(
      groups
        .filter(({ acceptedAt }) => acceptedAt >= readyAt)
        .map(({ askedAt, acceptedAt }) => acceptedAt - Math.max(readyAt, askedAt)),
    ),
    'stream-ingestor': since(fresh.filter(({ writer }) => writer === 'ingest').map(({ at }) => at)),
    projector: since(advances(samples), stored),
    'results-gateway': since(
      frames.filter(({ event }) => event !== 'notice').map(({ at }) => at),
      stored,
    ),
    notifier: least(
      fresh
        .filter(({ writer }) => writer === 'notify')
        .map(({ group, at }) => Math.max(0, at - Math.max(readyAt, completed.get(group) ?? 0))),
    ),
  };
}

const least = (values: readonly number[]): number | null => (values.length > 0 ? Math.min(...values) : null);

const isCompletion = ({ type }: LogMessage): boolean => type === 'multitask.group.completed.v1';

const sum = (checkpoints: ProgressSample['checkpoints']): number =>
  Object.values(checkpoints).reduce((total, seq) => total + seq, 0);

const advances = (samples: readonly ProgressSample[]): number[] =>
  samples.flatMap(({ at, checkpoints }, i) => (i > 0 && sum(checkpoints) > sum(samples[i - 1]!.checkpoints) ? at : []));

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
export function throughputOf(
  ledger: Ledger,
  samples: readonly ProgressSample[],
  { at, readyAt }: { at: number; readyAt: number },
): Throughput | null {
  const byPartition = new Map<string, number[]>();
  for (const { partition, seq } of ledger.log.messages)
    byPartition.set(partition, [...(byPartition.get(partition) ?? []), seq]);
  const projected = samples.map(({ at: time, checkpoints }) => ({
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
