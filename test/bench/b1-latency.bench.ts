import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, Ratio } from './benchmark';
import { cpuSeconds, peakMegabytes } from './measure/consumption';
import { interleaved, quotients } from './measure/rounds';
import { percentile, spreadOf } from './measure/spread';
import { createGroup, untilFollowed } from './rig/product.groups';

/** Events a second of one group, and the first of them that do not count: connections and code are cold. */
const rates = [50, 500] as const;
const warmShare = 0.15;

interface Delays {
  readonly p50: number;
  readonly p99: number;
  readonly cpuPerThousand: number;
}

/**
 * How much later our reader has an event than one who reads the upstream directly, over the same of a minimal pipeline. The load is
 * open: events come by the clock, whatever becomes of those before. Everything acknowledged is on disk, on both sides.
 */
export const benchmark: Benchmark = {
  id: 'B1',
  title: 'added latency',
  async run(stage) {
    const [nats, databaseUrl, upstream, minimal, readers] = await Promise.all([
      stage.nats('always'),
      stage.database(),
      stage.worker('neighbours/fake-upstream.ts'),
      stage.worker('neighbours/minimal-pipeline.ts'),
      stage.worker('load/delay.readers.ts'),
    ]);
    const upstreamUrl = await upstream.ask<string>('listen');
    const env = {
      NATS_URL: nats.url,
      DATABASE_URL: databaseUrl,
      PARALLEL_BASE_URL: upstreamUrl,
      UPSTREAM_KIND: 'custom',
    };
    const [gateway, ingestor, projector, results, minimalUrl] = await Promise.all([
      stage.service('api-gateway', env),
      stage.service('stream-ingestor', env),
      stage.service('projector', env),
      stage.service('results-gateway', env),
      minimal.ask<string>('listen', { natsUrl: nats.url, databaseUrl }),
    ]);
    const seconds = stage.scale.of(2, 0.7);
    const direct = (id: string) => `${upstreamUrl}/v1/tasks/groups/${id}/events`;

    const run = async (ours: { id: string; url: string }, pids: number[], rate: number, events: number) => {
      const [late, early] = [`late ${ours.id}`, `early ${ours.id}`];
      await readers.ask('open', { name: early, url: direct(ours.id) });
      await readers.ask('open', { name: late, url: ours.url });
      const before = cpuSeconds(pids);
      await upstream.ask('completeAtRate', { ids: [ours.id], perSecond: rate });
      const delays = await readers.ask<number[]>('added', { late, early, events });
      const used = cpuSeconds(pids) - before;
      const counted = delays.slice(Math.floor(events * warmShare));
      return {
        p50: percentile(counted, 0.5),
        p99: percentile(counted, 0.99),
        cpuPerThousand: (used / events) * 1_000,
      } satisfies Delays;
    };
    const ours = (rate: number) => async () => {
      const events = Math.round(rate * seconds);
      const id = await createGroup(gateway, events);
      await untilFollowed(upstream, id, events);
      // The buying is over; what it set in motion is not what is measured.
      await sleep(150);
      return run({ id, url: `${results.url}/${id}.sse` }, [ingestor.pid, projector.pid, results.pid], rate, events);
    };
    const floor = (rate: number) => async () => {
      const events = Math.round(rate * seconds);
      const id = await upstream.ask<string>('newGroup', { runs: events });
      await minimal.ask('follow', { url: direct(id) });
      await untilFollowed(upstream, id, events);
      return run({ id, url: minimalUrl }, [minimal.pid], rate, events);
    };
    const given = await interleaved(stage, {
      ours50: ours(50),
      floor50: floor(50),
      ours500: ours(500),
      floor500: floor(500),
    });
    const sides = { 50: [given.ours50, given.floor50], 500: [given.ours500, given.floor500] } as const;
    const ratioOf = (rate: 50 | 500, which: 'p50' | 'p99', must: number, aim: number): Ratio => {
      const [above, below] = sides[rate].map((side) => side.map((delays) => delays[which])) as [number[], number[]];
      const bounds = { must: { atMost: must }, aim: { atMost: aim } };
      const spreads = { ours: spreadOf(above), limit: spreadOf(below) };
      return { name: `${which} at ${rate}/s`, rounds: quotients(above, below), ...bounds, ...spreads, unit: 'ms' };
    };
    return {
      ratios: rates.flatMap((rate) => [ratioOf(rate, 'p50', 4, 2), ratioOf(rate, 'p99', 3, 1.5)]),
      facts: [
        ...rates.flatMap((rate) => [
          {
            name: `added by us at ${rate}/s, p50`,
            rounds: sides[rate][0].map(({ p50 }) => p50),
            unit: 'ms',
            must: { atMost: 20 },
          },
          {
            name: `added by us at ${rate}/s, p99`,
            rounds: sides[rate][0].map(({ p99 }) => p99),
            unit: 'ms',
            must: { atMost: 120 },
          },
        ]),
        ...(['ours', 'minimal'] as const).map((name, side) => ({
          name: `${name} at 500/s, CPU`,
          rounds: sides[500][side]!.map(({ cpuPerThousand }) => cpuPerThousand),
          unit: 's / 1,000 events',
        })),
        {
          name: 'ingestor, projector, results-gateway, peak memory',
          rounds: [ingestor, projector, results].map(({ pid }) => peakMegabytes(pid)),
          unit: 'MB',
        },
      ],
    };
  },
};
