import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog } from '@multitask/event-log';
import type { Benchmark } from './benchmark';
import { cpuSeconds, peakMegabytes } from './measure/consumption';
import { interleaved, quotients } from './measure/rounds';
import { spreadOf } from './measure/spread';
import { publishAll } from './neighbours/publish.window';
import { createGroup, untilFollowed } from './rig/product.groups';
import { SampleGroup } from './rig/sample.groups';
import type { Stage } from './rig/stage';
import type { WorkerProcess } from './rig/worker.process';

interface Stored {
  readonly perSecond: number;
  readonly cpuPerThousand: number;
}

/** One upstream stream into the log as fast as it goes, over a window of raw publishes to the same server. */
export const benchmark: Benchmark = {
  id: 'B8',
  title: 'ingest',
  async run(stage) {
    const upstream = await stage.worker('neighbours/fake-upstream.ts');
    const upstreamUrl = await upstream.ask<string>('listen');
    const [always, byDefault] = await Promise.all(
      ['always', '2m'].map((syncInterval) => lane(stage, syncInterval, upstream, upstreamUrl)),
    );
    const given = await interleaved(stage, {
      always: always!.ours,
      alwaysRaw: always!.raw,
      default: byDefault!.ours,
      defaultRaw: byDefault!.raw,
    });
    const ratio = (name: string, ours: readonly Stored[], limit: readonly Stored[]) => {
      const [above, below] = [ours, limit].map((side) => side.map(({ perSecond }) => perSecond)) as [
        number[],
        number[],
      ];
      const bounds = { must: { atLeast: 0.5 }, aim: { atLeast: 0.8 } };
      const spreads = { ours: spreadOf(above), limit: spreadOf(below) };
      return { name, rounds: quotients(above, below), ...bounds, ...spreads, unit: 'events/s' };
    };
    const cpu = (name: string, side: readonly Stored[]) => ({
      name: `${name}, CPU`,
      rounds: side.map(({ cpuPerThousand }) => cpuPerThousand),
      unit: 's / 1,000 events',
    });
    return {
      ratios: [
        ratio('synced always', given.always, given.alwaysRaw),
        ratio('synced every 2 min', given.default, given.defaultRaw),
      ],
      facts: [
        cpu('ours, always', given.always),
        cpu('raw, always', given.alwaysRaw),
        cpu('ours, every 2 min', given.default),
        cpu('raw, every 2 min', given.defaultRaw),
        { name: 'stream-ingestor, peak memory', rounds: [peakMegabytes(always!.pid)], unit: 'MB' },
      ],
    };
  },
};

/** The end of a group is written when each of its reports is: how many messages they took is the ingestor's own affair. */
async function isComplete(log: EventLog, groupId: string): Promise<boolean> {
  const last = await log.lastSeq(groupId, 'ingest');
  for await (const entry of log.readGroup(groupId, last, 'ingest'))
    return entry.kind === 'event' && entry.event.name === 'GroupCompleted';
  return false;
}

/** A server with this setting, and both sides on it. */
async function lane(stage: Stage, syncInterval: string, upstream: WorkerProcess, upstreamUrl: string) {
  const events = stage.scale.of(4_000, 1_500);
  const [nats, databaseUrl] = await Promise.all([stage.nats(syncInterval), stage.database()]);
  const log = await stage.log(nats.url);
  const connection = await connect({ servers: nats.url });
  stage.onClose(() => connection.close());
  await (await jetstreamManager(connection)).streams.add({ name: 'BARE', subjects: ['bare.*'] });
  const js = jetstream(connection);
  const env = {
    NATS_URL: nats.url,
    DATABASE_URL: databaseUrl,
    PARALLEL_BASE_URL: upstreamUrl,
    UPSTREAM_KIND: 'custom',
  };
  const [gateway, ingestor] = await Promise.all([
    stage.service('api-gateway', env),
    stage.service('stream-ingestor', env),
  ]);
  const sample = new SampleGroup(events);
  const bodies = Array.from({ length: events }, (_, row) => Buffer.from(JSON.stringify(sample.completion(row).data)));

  const ours = async (): Promise<Stored> => {
    const id = await createGroup(gateway, events);
    await untilFollowed(upstream, id, events);
    const cpu = cpuSeconds([ingestor.pid]);
    const startedAt = performance.now();
    await upstream.ask('completeAll', { id });
    while (!(await isComplete(log, id))) await sleep(5);
    const seconds = (performance.now() - startedAt) / 1_000;
    const cpuPerThousand = ((cpuSeconds([ingestor.pid]) - cpu) / events) * 1_000;
    return { perSecond: events / seconds, cpuPerThousand };
  };
  const raw = async (): Promise<Stored> => {
    const cpu = cpuSeconds([process.pid]);
    const startedAt = performance.now();
    await publishAll(js, 'bare.one', bodies);
    const seconds = (performance.now() - startedAt) / 1_000;
    return { perSecond: events / seconds, cpuPerThousand: ((cpuSeconds([process.pid]) - cpu) / events) * 1_000 };
  };
  return { ours, raw, pid: ingestor.pid };
}
