import { percentile } from '../measure/spread';

export interface Work {
  readonly workers: number;
  /** Tasks of one claim. */
  readonly batch: number;
  /** Until so many are done. */
  readonly tasks: number;
}

export interface Worked {
  readonly perSecond: number;
  /** Milliseconds a claim took. */
  readonly claimP50: number;
  readonly claimP99: number;
}

/** Of each claim of the round under way, milliseconds. */
export const latencies: number[] = [];

/** So many loops in one process, each claiming and completing one batch after the other until there is nothing left. */
export async function workers(
  { workers: count, tasks }: Work,
  claimAndComplete: (workerId: string) => Promise<number>,
): Promise<Worked> {
  latencies.length = 0;
  const startedAt = performance.now();
  let done = 0;
  const loop = async (workerId: string) => {
    for (let got = 1; got > 0; done += got) got = await claimAndComplete(workerId);
  };
  await Promise.all(Array.from({ length: count }, (_, i) => loop(`worker ${i}`)));
  if (done !== tasks) throw new Error(`${done} tasks were done and not ${tasks}`);
  const perSecond = done / ((performance.now() - startedAt) / 1_000);
  return { perSecond, claimP50: percentile(latencies, 0.5), claimP99: percentile(latencies, 0.99) };
}
