import { partitionOf } from '@multitask/contracts';
import type { JetStreamLog } from '@multitask/event-log';
import type pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './benchmark';
import { cpuSeconds, peakMegabytes } from './measure/consumption';
import { interleaved, quotients } from './measure/rounds';
import { spreadOf } from './measure/spread';
import { upsertLoop, type PlainRow } from './neighbours/upsert.loop';
import { copyIn } from './rig/copy';
import { groupIdsForEachPartition, SampleGroup, sampleInput, sampleOutput, sampleRun } from './rig/sample.groups';
import type { Stage } from './rig/stage';

/** The first part of a round's events is under way when the projector wakes up, and does not count. */
const warmShare = 0.3;
/** Rows of other groups that are in the tables already: empty ones flatter. */
const preloaded = 50_000;

interface Speed {
  readonly perSecond: number;
  readonly cpuPerThousand: number;
  readonly peakMegabytes: number;
}

/** Events from the log into the read model, over rows written into the same table by the least code there could be. */
export const benchmark: Benchmark = {
  id: 'B2',
  title: 'projector',
  async run(stage) {
    const events = stage.scale.of(6_400, 2_560);
    const nats = await stage.nats('2m');
    const databaseUrl = await stage.database();
    const client = await stage.client(databaseUrl);
    const log = await stage.log(nats.url);
    const env = { NATS_URL: nats.url, DATABASE_URL: databaseUrl };
    const rounds = Array.from({ length: stage.scale.rounds + 1 }, () => groupsOf(events));
    const neighbours = await preload(client, rounds.length, events);
    const created = await appendCreations(log, rounds.flat());
    const projector = await stage.service('projector', env);
    await untilShare(client, created, 1);
    stage.note('everything is in the tables');

    const projected = async (round: number): Promise<Speed> => {
      // Frozen meanwhile, so that writing the events costs it nothing.
      projector.freeze();
      const positions = await appendCompletions(log, rounds[round]!);
      projector.thaw();
      const roots = [projector.pid, stage.postgresPid];
      const warm = await untilShare(client, positions, warmShare);
      const cpu = cpuSeconds(roots);
      const done = await untilShare(client, positions, 1);
      const seconds = (done.at - warm.at) / 1_000;
      const used = cpuSeconds(roots) - cpu;
      const count = done.events - warm.events;
      const cpuPerThousand = (used / count) * 1_000;
      return { perSecond: count / seconds, cpuPerThousand, peakMegabytes: peakMegabytes(projector.pid) };
    };
    const loop = (batchSize: number, count: number) => async (round: number) =>
      timed(stage, count, () => upsertLoop(client, neighbours.rows(round).slice(0, count), batchSize));
    const copied = (round: number) =>
      timed(stage, events, () => copyIn(client, `copy bench_copied from stdin`, neighbours.text(round)));

    const given = await interleaved(stage, {
      projector: projected,
      unnest1000: loop(1_000, events),
      unnest1: loop(1, stage.scale.of(400, 150)),
      copy: copied,
    });
    const speeds = {
      projector: given.projector.map(({ perSecond }) => perSecond),
      unnest1000: given.unnest1000.map(({ perSecond }) => perSecond),
      unnest1: given.unnest1.map(({ perSecond }) => perSecond),
      copy: given.copy.map(({ perSecond }) => perSecond),
    };
    const over = (limit: keyof typeof speeds) => ({
      rounds: quotients(speeds.projector, speeds[limit]),
      ours: spreadOf(speeds.projector),
      limit: spreadOf(speeds[limit]),
      unit: 'events/s',
    });
    return {
      ratios: [
        { name: 'projector ÷ UNNEST of 1,000', ...over('unnest1000'), must: { atLeast: 0.3 }, aim: { atLeast: 0.5 } },
        { name: 'projector ÷ row by row', ...over('unnest1'), must: { atLeast: 4 } },
        {
          name: 'time of a rebuild ÷ time of COPY',
          ...over('copy'),
          rounds: quotients(speeds.copy, speeds.projector),
          aim: { atMost: 3 },
        },
      ],
      facts: [
        fact('projector, CPU', given.projector, ({ cpuPerThousand }) => cpuPerThousand, 's / 1,000 events'),
        fact('UNNEST of 1,000, CPU', given.unnest1000, ({ cpuPerThousand }) => cpuPerThousand, 's / 1,000 events'),
        fact('projector, peak memory', given.projector, ({ peakMegabytes: peak }) => peak, 'MB'),
      ],
    };
  },
};

const fact = (name: string, speeds: readonly Speed[], pick: (speed: Speed) => number, unit: string) => ({
  name,
  rounds: speeds.map(pick),
  unit,
});

/** Two groups in each partition. */
const groupsOf = (events: number): SampleGroup[] =>
  groupIdsForEachPartition(2).map((id) => new SampleGroup(events / 32, id));

/** Sequences of a round's events, by partition and in order. */
type Positions = ReadonlyMap<string, readonly number[]>;

/** Answers the last position of each partition. */
async function appendCreations(log: JetStreamLog, groups: readonly SampleGroup[]): Promise<Positions> {
  const last = new Map<string, number[]>();
  await Promise.all(
    groups.map(async (group) => {
      await log.append(group.id, group.creation(), 'any');
      const { lastSeq } = await log.append(group.id, group.purchase(), 'any');
      const partition = partitionOf(group.id);
      last.set(partition, [Math.max(last.get(partition)?.[0] ?? 0, lastSeq)]);
    }),
  );
  return last;
}

async function appendCompletions(log: JetStreamLog, groups: readonly SampleGroup[]): Promise<Positions> {
  const positions = new Map<string, number[]>();
  await Promise.all(
    groups.map(async (group) => {
      const known = positions.get(partitionOf(group.id)) ?? [];
      positions.set(partitionOf(group.id), known);
      for (let from = 0; from < group.rows; from += 100) {
        const rows = Array.from({ length: Math.min(100, group.rows - from) }, (_, i) => from + i);
        const { firstSeq } = await log.append(
          group.id,
          rows.map((row) => group.completion(row)),
          'any',
        );
        for (const row of rows) known.push(firstSeq + row - from);
      }
    }),
  );
  for (const known of positions.values()) known.sort((a, b) => a - b);
  return positions;
}

async function untilShare(
  client: pg.Client,
  positions: Positions,
  share: number,
): Promise<{ at: number; events: number }> {
  const total = [...positions.values()].reduce((sum, { length }) => sum + length, 0);
  for (;;) {
    const { rows } = await client.query<{ partition: string; seq: string }>(
      'select partition, seq from read.checkpoint',
    );
    const at = performance.now();
    let events = 0;
    for (const { partition, seq } of rows) events += countUpTo(positions.get(partition) ?? [], Number(seq));
    if (events >= total * share) return { at, events };
    await sleep(5);
  }
}

function countUpTo(sorted: readonly number[], seq: number): number {
  let low = 0;
  for (let high = sorted.length; low < high;) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function timed(stage: Stage, count: number, work: () => Promise<void>): Promise<Speed> {
  const roots = [process.pid, stage.postgresPid];
  const [cpu, startedAt] = [cpuSeconds(roots), performance.now()];
  await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpuPerThousand = ((cpuSeconds(roots) - cpu) / count) * 1_000;
  return { perSecond: count / seconds, cpuPerThousand, peakMegabytes: peakMegabytes(process.pid) };
}

/** Rows like the projector's for its neighbours to write, others that are just there, and what they need beside. */
async function preload(client: pg.Client, rounds: number, count: number) {
  await client.query('create table bench_checkpoint (seq bigint not null)');
  await client.query('insert into bench_checkpoint values (0)');
  await client.query('create table bench_copied (like read.rows including all)');
  const insert = `insert into read.rows (group_id, row_index, status, attempt, input, updated_seq)
    select $1 || (i / 500), i % 500, 'queued', 1, $2::json, 1 from generate_series(0, $3::int - 1) i`;
  await client.query(insert, ['others_', JSON.stringify(sampleInput(1)), preloaded]);
  const groupOf = (round: number, i: number) => `round_${round}_${Math.floor(i / 500)}`;
  for (let round = 0; round < rounds; round++)
    await client.query(insert, [`round_${round}_`, JSON.stringify(sampleInput(1)), count]);
  const rowOf = (round: number, i: number): PlainRow => {
    const runId = `trun_${round.toString(16).padStart(16, '0')}${i.toString(16).padStart(16, '0')}`;
    const [input, run, output] = [sampleInput(i), sampleRun(runId, i, 'completed'), sampleOutput(i)].map((value) =>
      JSON.stringify(value),
    ) as [string, string, string];
    return { groupId: groupOf(round, i), row: i % 500, runId, input, run, output };
  };
  const all = (round: number) => Array.from({ length: count }, (_, i) => rowOf(round, i));
  const line = ({ groupId, row, runId, input, run, output }: PlainRow) =>
    [groupId, row, 'completed', 1, runId, input, run, output, '\\N', '\\N', row].join('\t');
  return { rows: all, text: (round: number) => Buffer.from(`${all(round).map(line).join('\n')}\n`) };
}
