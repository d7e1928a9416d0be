import type { JetStreamLog } from '@multitask/event-log';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './benchmark';
import { interleaved, quotients } from './measure/rounds';
import { spreadOf } from './measure/spread';
import { untilInReadModel } from './rig/read-model.wait';
import { SampleGroup } from './rig/sample.groups';
import type { ServiceProcess } from './rig/service.process';

const stalledReaders = 50;
/** Answers long enough that all together are more than the system's own buffers take of one connection. */
const stalledEvents = 400;
const stalledCharacters = 20_000;

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
    const growing = (url: string, held: () => Promise<{ rss: number; heap: number }>) => {
      let first: { rss: number; heap: number } | undefined;
      return async (round: number) => {
        await readers.ask('open', { name: url, url, count: more });
        // The snapshot of the last one may still be on its way.
        await sleep(200);
        const now = await held();
        first ??= now;
        // All that came since the warm-up: of one round alone, memory that was free before would be half of it.
        const kibibytes = (bytes: number) => bytes / Math.max(1, round * more) / 1_024;
        return { rss: kibibytes(now.rss - first.rss), heap: kibibytes(now.heap - first.heap) };
      };
    };
    const idleReaders = await interleaved(stage, {
      ours: growing(`${gateway.url}/${idle.id}.sse`, async () => {
        const { rss, heapUsed, external } = await gateway.held();
        return { rss, heap: heapUsed + external };
      }),
      bare: growing(`${bareUrl}/idle`, () => bare.ask('held')),
    });
    const [ours, theirs] = [idleReaders.ours, idleReaders.bare].map((side) => side.map(({ rss }) => rss)) as [
      number[],
      number[],
    ];

    const stalled = async (round: number) => {
      const group = await create(stalledEvents);
      const name = `stalled ${round}`;
      await readers.ask('open', { name, url: `${gateway.url}/${group.id}.sse`, count: stalledReaders });
      await readers.ask('stall', { name });
      const before = await gateway.held();
      const departed = await cutOff(gateway);
      const most = { queued: 0, grown: 0 };
      let looks = 0;
      let emitting = true;
      const emission = emit(log, group).finally(() => (emitting = false));
      const startedAt = performance.now();
      let goneMs = Number.NaN;
      // Cut off within seconds, but on a busy machine a look alone takes two.
      while (emitting || stage.msLeft() > 0) {
        // A collection stops the process for a moment: what is queued is looked at before.
        most.queued = Math.max(most.queued, ...(await gateway.held(false)).queued);
        const { heapUsed, external } = await gateway.held();
        const gone = (await cutOff(gateway)) - departed;
        if (gone >= stalledReaders) {
          goneMs = performance.now() - startedAt;
          break;
        }
        // Of those who were let go nothing is left.
        if (gone === 0) {
          most.grown = Math.max(most.grown, heapUsed + external - before.heapUsed - before.external);
          looks++;
        }
        await sleep(20);
      }
      await emission;
      await readers.ask('close', { name });
      stage.note(`${looks} looks while all were stalled`);
      if (Number.isNaN(goneMs)) throw new Error('stalled readers were not cut off');
      // On a busy machine all may be cut off before anybody looked.
      const grownKiB = looks > 0 ? most.grown / stalledReaders / 1_024 : undefined;
      return { queuedKiB: most.queued / 1_024, grownKiB, goneMs };
    };
    const given = await interleaved(stage, { stalled }, stage.scale.of(5, 3));
    const grown = given.stalled.flatMap(({ grownKiB }) => grownKiB ?? []);
    if (grown.length === 0) throw new Error('stalled readers were cut off before anybody looked, in every round');
    return {
      ratios: [
        {
          name: 'memory of an idle reader',
          rounds: quotients(ours, theirs),
          must: { atMost: 3 },
          aim: { atMost: 2 },
          ours: spreadOf(ours),
          limit: spreadOf(theirs),
          unit: 'KiB',
        },
      ],
      facts: [
        { name: 'heap of an idle reader', rounds: idleReaders.ours.map(({ heap }) => heap), unit: 'KiB' },
        { name: 'heap of a bare one', rounds: idleReaders.bare.map(({ heap }) => heap), unit: 'KiB' },
        {
          name: 'queued for one stalled reader, at most',
          rounds: given.stalled.map(({ queuedKiB }) => queuedKiB),
          unit: 'KiB',
          must: { atMost: 256 },
        },
        {
          name: `all memory grown, each of ${stalledReaders} stalled`,
          rounds: grown,
          unit: 'KiB',
          must: { atMost: 256 },
        },
        {
          name: 'all stalled readers cut off after',
          rounds: given.stalled.map(({ goneMs }) => goneMs),
          unit: 'ms',
        },
      ],
    };
  },
};

async function emit(log: Pick<JetStreamLog, 'append'>, group: SampleGroup): Promise<void> {
  for (let from = 0; from < group.rows; from += 20) {
    const rows = Array.from({ length: Math.min(20, group.rows - from) }, (_, i) => from + i);
    await log.append(
      group.id,
      rows.map((row) => group.completion(row, stalledCharacters)),
      'any',
    );
  }
}

async function cutOff(gateway: ServiceProcess): Promise<number> {
  const text = await (await fetch(`${gateway.opsUrl}/metrics`)).text();
  const lines = text.matchAll(/^multitask_stream_departures_total\{[^}]*reason="(?:slow|behind)"[^}]*\} (\d+)/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}
