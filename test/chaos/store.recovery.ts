import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from './ledger';
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

/** Milliseconds from `readyAt` until each service was seen at work again, from outside; null: never. */
export function resumedMs(ledger: Ledger, samples: readonly ProgressSample[], readyAt: number) {
  const first = (times: readonly number[]) => {
    const next = times.filter((at) => at >= readyAt).sort((a, b) => a - b)[0];
    return next === undefined ? null : next - readyAt;
  };
  const written = (writer: string) =>
    ledger.log.messages.filter((message) => message.writer === writer).map(({ at }) => at);
  return {
    'api-gateway': first(ledger.groups.map(({ acceptedAt }) => acceptedAt)),
    'stream-ingestor': first(written('ingest')),
    projector: first(advances(samples)),
    'results-gateway': first(
      ledger.readers.flatMap(({ connections }) =>
        connections.flatMap(({ frames }) => frames.filter(({ event }) => event !== 'notice').map(({ at }) => at)),
      ),
    ),
    notifier: first(written('notify')),
  };
}

const sum = (checkpoints: ProgressSample['checkpoints']): number =>
  Object.values(checkpoints).reduce((total, seq) => total + seq, 0);

const advances = (samples: readonly ProgressSample[]): number[] =>
  samples.flatMap(({ at, checkpoints }, i) => (i > 0 && sum(checkpoints) > sum(samples[i - 1]!.checkpoints) ? at : []));

export interface Throughput {
  /** Events a second that were projected, before the fault and in the best ten seconds of the thirty after it. */
  readonly before: number;
  readonly after: number;
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
  return before === undefined ? null : { before, after: Math.max(...after) };
}
