import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { Benchmark } from './benchmark';
import { cpuSeconds, peakMegabytes } from './measure/consumption';
import { interleaved, quotients } from './measure/rounds';
import { spreadOf } from './measure/spread';
import { framesOf } from './rig/frames';
import { SampleGroup } from './rig/sample.groups';
import { untilInReadModel } from './rig/read-model.wait';
import { inWindow } from './rig/window';

/** Events on their way into the log at once: enough that the readers' side is what takes the time. */
const window = 16;

interface Delivered {
  readonly perSecond: number;
  readonly cpuPerThousand: number;
}

/** One group to many readers, over a bare server that writes the same frames as they come from NATS. */
export const benchmark: Benchmark = {
  id: 'B3',
  title: 'SSE fan-out',
  async run(stage) {
    const nats = await stage.nats('2m');
    const databaseUrl = await stage.database();
    const log = await stage.log(nats.url);
    const connection = await connect({ servers: nats.url });
    stage.onClose(() => connection.close());
    await (await jetstreamManager(connection)).streams.add({ name: 'BARE', subjects: ['bare.*'] });
    const js = jetstream(connection);
    const env = { NATS_URL: nats.url, DATABASE_URL: databaseUrl };
    const [gateway, , bare, readers] = await Promise.all([
      stage.service('results-gateway', env),
      stage.service('projector', env),
      stage.worker('neighbours/bare-sse.ts'),
      stage.worker('load/sse.readers.ts'),
    ]);
    const bareUrl = await bare.ask<string>('listen', { natsUrl: nats.url });
    const incarnation = await log.incarnation();

    const crowd = async (count: number, events: number) => {
      const group = new SampleGroup(events * (stage.scale.rounds + 2));
      await log.append(group.id, group.creation(), 'any');
      const { lastSeq } = await log.append(group.id, group.purchase(), 'any');
      await untilInReadModel(stage, databaseUrl, group.id, lastSeq);
      let next = 0;
      const complete = () => {
        const rows = Array.from({ length: events }, () => next++);
        return inWindow(window, rows, (row) => log.append(group.id, [group.completion(row)], 'any'));
      };
      const url = `${gateway.url}/${group.id}.sse?after=${incarnation}-${lastSeq}`;
      const frames = await framesOf(url, events, complete);
      const after = `${incarnation}-${await log.lastSeq(group.id)}`;
      await readers.ask('open', { name: `ours ${count}`, url: `${gateway.url}/${group.id}.sse?after=${after}`, count });
      await readers.ask('open', { name: `bare ${count}`, url: `${bareUrl}/${count}`, count });
      stage.note(`${count} readers are there; a frame has ${Math.round(frames.join('').length / frames.length)} bytes`);
      const publish = () => inWindow(window, frames, (frame) => js.publish(`bare.${count}`, frame));
      const side = (name: string, pid: number, emit: () => Promise<void>) => () =>
        delivered(async () => {
          await readers.ask('expect', { name: `${name} ${count}`, events });
          const [{ ms }] = await Promise.all([
            readers.ask<{ ms: number }>('collected', { name: `${name} ${count}` }),
            emit(),
          ]);
          return { ms, deliveries: events * count };
        }, pid);
      return { ours: side('ours', gateway.pid, complete), bare: side('bare', bare.pid, publish) };
    };
    const hundred = await crowd(100, stage.scale.of(1_200, 300));
    const thousand = await crowd(1_000, stage.scale.of(250, 60));
    const given = await interleaved(stage, {
      ours100: hundred.ours,
      bare100: hundred.bare,
      ours1000: thousand.ours,
      bare1000: thousand.bare,
    });
    const ratio = (count: number, ours: readonly Delivered[], limit: readonly Delivered[]) => {
      const [above, below] = [ours, limit].map((side) => side.map(({ perSecond }) => perSecond)) as [
        number[],
        number[],
      ];
      const spreads = { ours: spreadOf(above), limit: spreadOf(below) };
      const bounds = { must: { atLeast: 0.5 }, aim: { atLeast: 0.75 } };
      return { name: `${count} readers`, rounds: quotients(above, below), ...bounds, ...spreads, unit: 'deliveries/s' };
    };
    const cpu = (name: string, side: readonly Delivered[]) => ({
      name: `${name}, CPU`,
      rounds: side.map(({ cpuPerThousand }) => cpuPerThousand * 1_000),
      unit: 'ms / 1,000 deliveries',
    });
    return {
      ratios: [ratio(100, given.ours100, given.bare100), ratio(1_000, given.ours1000, given.bare1000)],
      facts: [
        cpu('ours to 100', given.ours100),
        cpu('bare to 100', given.bare100),
        cpu('ours to 1,000', given.ours1000),
        cpu('bare to 1,000', given.bare1000),
        { name: 'results-gateway, peak memory', rounds: [peakMegabytes(gateway.pid)], unit: 'MB' },
      ],
    };
  },
};

async function delivered(run: () => Promise<{ ms: number; deliveries: number }>, pid: number): Promise<Delivered> {
  const before = cpuSeconds([pid]);
  const { ms, deliveries } = await run();
  const used = cpuSeconds([pid]) - before;
  return { perSecond: deliveries / (ms / 1_000), cpuPerThousand: (used / deliveries) * 1_000 };
}
