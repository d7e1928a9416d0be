import type { Benchmark } from './benchmark';
import type { Work, Worked } from './load/worker.loop';
import { cpuSeconds } from './measure/consumption';
import { interleaved, quotients } from './measure/rounds';
import { spreadOf } from './measure/spread';
import type { WorkerProcess } from './rig/worker.process';

/** Each worker with the next claim as soon as all of the last is done. */
const workers = 8;

interface Round extends Worked {
  readonly cpuPerThousand: number;
}

/** Claiming and completing tasks over Postgres, beside the least that hands out tasks safely and a queue that many people use. */
export const benchmark: Benchmark = {
  id: 'B5',
  title: 'orchestrator claims',
  async run(stage) {
    const databaseUrl = await stage.database();
    const [engine, raw, graphile, graphileFast] = await Promise.all([
      stage.worker('load/engine.workers.ts', ['--disable-warning=ExperimentalWarning']),
      stage.worker('neighbours/raw-claims.ts'),
      stage.worker('neighbours/graphile-worker.ts'),
      stage.worker('neighbours/graphile-worker.ts'),
    ]);
    // Finished tasks that nobody has thrown away: an empty queue flatters.
    const finished = stage.scale.of(100_000, 20_000);
    await engine.ask('open', { databaseUrl, finished });
    await raw.ask('open', { databaseUrl, finished });
    await graphile.ask('open', { databaseUrl: await stage.database(), fast: false });
    await graphileFast.ask('open', { databaseUrl: await stage.database(), fast: true });
    stage.note('everything is filled');

    const side =
      (process: WorkerProcess, tasks: number, batch: number, runs = 1, count = workers) =>
      async (): Promise<Round> => {
        await process.ask('fill', { tasks, runs });
        const roots = [process.pid, stage.postgresPid];
        const cpu = cpuSeconds(roots);
        const worked = await process.ask<Worked>('work', { workers: count, batch, tasks } satisfies Work);
        return { ...worked, cpuPerThousand: ((cpuSeconds(roots) - cpu) / tasks) * 1_000 };
      };
    const neighbour = (process: WorkerProcess, tasks: number) => () =>
      process.ask<{ perSecond: number }>('work', { tasks });
    const [some, many, few] = [stage.scale.of(1_600, 480), stage.scale.of(4_000, 1_200), stage.scale.of(200, 60)];
    const given = await interleaved(stage, {
      oneEach: side(engine, some, 1),
      rawOneEach: side(raw, some, 1),
      tenEach: side(engine, many, 10),
      rawTenEach: side(raw, many, 10),
      eightRuns: side(engine, some, 1, 8),
      graphile: neighbour(graphile, some),
      graphileFast: neighbour(graphileFast, many),
      alone: side(engine, few, 1, 1, 1),
      rawAlone: side(raw, few, 1, 1, 1),
    });
    await graphile.ask('close');
    await graphileFast.ask('close');

    const speeds = (rounds: readonly { perSecond: number }[]) => rounds.map(({ perSecond }) => perSecond);
    const p99s = (rounds: readonly Worked[]) => rounds.map(({ claimP99 }) => claimP99);
    const ratio = (name: string, ours: readonly number[], limit: readonly number[], unit = 'tasks/s') => ({
      name,
      rounds: quotients(ours, limit),
      ours: spreadOf(ours),
      limit: spreadOf(limit),
      unit,
    });
    const [oneEach, tenEach] = [speeds(given.oneEach), speeds(given.tenEach)];
    const cpu = (name: string, rounds: readonly Round[]) => ({
      name: `CPU, ${name}`,
      rounds: rounds.map(({ cpuPerThousand }) => cpuPerThousand),
      unit: 's / 1,000 tasks',
    });
    return {
      ratios: [
        { ...ratio('8 workers, 1 task each', oneEach, speeds(given.rawOneEach)), ...half },
        { ...ratio('8 workers, 10 tasks each', tenEach, speeds(given.rawTenEach)), ...half },
        { ...ratio('over graphile-worker', oneEach, speeds(given.graphile)), must: { atLeast: 1 } },
        { ...ratio('one run over eight runs', oneEach, speeds(given.eightRuns)), must: { atLeast: 0.5 } },
        { ...ratio('claim p99, 1 each', p99s(given.oneEach), p99s(given.rawOneEach), 'ms'), must: { atMost: 2 } },
        { ...ratio('claim p99, 10 each', p99s(given.tenEach), p99s(given.rawTenEach), 'ms'), must: { atMost: 2 } },
        ratio('over graphile-worker’s fast path', tenEach, speeds(given.graphileFast)),
        ratio('one worker alone, 1 task each', speeds(given.alone), speeds(given.rawAlone)),
      ],
      facts: [
        cpu('1 each', given.oneEach),
        cpu('raw, 1 each', given.rawOneEach),
        cpu('10 each', given.tenEach),
        cpu('raw, 10 each', given.rawTenEach),
      ],
    };
  },
};

const half = { must: { atLeast: 0.5 }, aim: { atLeast: 0.7 } };
