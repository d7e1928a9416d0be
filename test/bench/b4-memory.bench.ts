import type { JetStreamLog } from '@multitask/event-log';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './benchmark';
import { interleaved, quotients } from './measure/rounds';
import { spreadOf } from './measure/spread';
import { untilInReadModel } from './rig/read-model.wait';
import { SampleGroup } from './rig/sample.groups';
import type { ServiceProcess } from './rig/service.process';

const stalledReaders = 50;
/** More than the system's own buffers take of one connection, so that the rest has to lie somewhere. */
const stalledMegabytes = 6;
/** Of one event's frames, measured at the first event. */
const frameBytes = 1_900;

/** What a reader costs that does nothing, and one that takes nothing, over a bare server with as many readers. */
export const benchmark: Benchmark = {
  id: 'B4',
  title: 'SSE memory',
  async run(stage) {
    const nats = await stage.nats('2m');
    const databaseUrl = await stage.database();
    const log = await stage.log(nats.url);
    const env = { NATS_URL: nats.url, DATABASE_URL: databaseUrl };
    const [gateway, , bare, readers] = await Promise.all([
      stage.service('results-gateway', env, { probed: true }),
      stage.service('projector', env),
      stage.worker('neighbours/bare-sse.ts', ['--expose-gc']),
      stage.worker('load/sse.readers.ts'),
    ]);
    const bareUrl = await bare.ask<string>('listen', { natsUrl: nats.url });
    const create = async (rows: number): Promise<SampleGroup> => {
      const group = new SampleGroup(rows);
      await log.append(group.id, group.creation(), 'any');
      const { lastSeq } = await log.append(group.id, group.purchase(), 'any');
      await untilInReadModel(stage, databaseUrl, group.id, lastSeq);
      return group;
    };
    const idle = await create(10);
    const more = stage.scale.of(400, 200);
    const grown = (url: string, rss: () => Promise<number>) => async () => {
      const before = await rss();
      await readers.ask('open', { name: url, url, count: more });
      // The snapshot of the last one may still be on its way.
      await sleep(200);
      return ((await rss()) - before) / more / 1_024;
    };
    const idleReaders = await interleaved(stage, {
      ours: grown(`${gateway.url}/${idle.id}.sse`, async () => (await gateway.held()).rss),
      bare: grown(`${bareUrl}/idle`, async () => (await bare.ask<{ rss: number }>('held')).rss),
    });

    const events = (stalledMegabytes * 2 ** 20) / frameBytes;
    const stalled = async (round: number) => {
      const group = await create(Math.ceil(events));
      const name = `stalled ${round}`;
      await readers.ask('open', { name, url: `${gateway.url}/${group.id}.sse`, count: stalledReaders });
      await readers.ask('stall', { name });
      const before = await gateway.held();
      const departed = await slowDepartures(gateway);
      const most = { queued: 0, grown: 0 };
      let emitting = true;
      const emission = emit(log, group).finally(() => (emitting = false));
      const startedAt = performance.now();
      let goneMs = Number.NaN;
      while (emitting || performance.now() - startedAt < stalledLimitMs) {
        const { queued, heapUsed, external } = await gateway.held();
        most.queued = Math.max(most.queued, ...queued);
        most.grown = Math.max(most.grown, heapUsed + external - before.heapUsed - before.external);
        if ((await slowDepartures(gateway)) - departed < stalledReaders) continue;
        goneMs = performance.now() - startedAt;
        break;
      }
      await emission;
      await readers.ask('close', { name });
      return { queuedKiB: most.queued / 1_024, grownKiB: most.grown / stalledReaders / 1_024, goneMs };
    };
    const given = await interleaved(stage, { stalled });
    return {
      ratios: [
        {
          name: 'memory of an idle reader',
          rounds: quotients(idleReaders.ours, idleReaders.bare),
          must: { atMost: 3 },
          aim: { atMost: 2 },
          ours: spreadOf(idleReaders.ours),
          limit: spreadOf(idleReaders.bare),
          unit: 'KiB',
        },
      ],
      facts: [
        {
          name: 'queued for one stalled reader, at most',
          rounds: given.stalled.map(({ queuedKiB }) => queuedKiB),
          unit: 'KiB',
          must: { atMost: 256 },
        },
        {
          name: `all memory grown, each of ${stalledReaders} stalled`,
          rounds: given.stalled.map(({ grownKiB }) => grownKiB),
          unit: 'KiB',
          must: { atMost: 256 },
        },
        { name: 'all stalled readers cut off after', rounds: given.stalled.map(({ goneMs }) => goneMs), unit: 'ms' },
      ],
    };
  },
};

/** Long enough for a pace check each second on a busy machine. */
const stalledLimitMs = 6_000;

async function emit(log: Pick<JetStreamLog, 'append'>, group: SampleGroup): Promise<void> {
  for (let from = 0; from < group.rows; from += 100) {
    const rows = Array.from({ length: Math.min(100, group.rows - from) }, (_, i) => from + i);
    await log.append(
      group.id,
      rows.map((row) => group.completion(row)),
      'any',
    );
  }
}

async function slowDepartures(gateway: ServiceProcess): Promise<number> {
  const text = await (await fetch(`${gateway.opsUrl}/metrics`)).text();
  const lines = text.matchAll(/^multitask_stream_departures_total\{[^}]*reason="(?:slow|behind)"[^}]*\} (\d+)/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}
