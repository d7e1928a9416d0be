import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { Benchmark } from './benchmark';
import { cpuSeconds, peakMegabytes } from './measure/consumption';
import { interleaved, quotients } from './measure/rounds';
import { spreadOf } from './measure/spread';

interface Answered {
  readonly perSecond: number;
  readonly cpuPerThousand: number;
}

const creating = {
  method: 'POST',
  status: 201,
  connections: 8,
  headers: { 'content-type': 'application/json', accept: 'application/json', 'x-api-key': 'bench' },
  body: JSON.stringify({
    inputs: [{ country: 'Kenya' }],
    processor: 'lite',
    output_schema: {
      type: 'json',
      json_schema: {
        type: 'object',
        properties: { capital: { type: 'string', description: 'The capital city.' } },
        required: ['capital'],
        additionalProperties: false,
      },
    },
  }),
};
const asking = { method: 'GET', status: 200, connections: 8, headers: {} };

/** Creating groups of one row, over a bare server that makes the same calls; and the cheapest answer there is, over a bare hello. */
export const benchmark: Benchmark = {
  id: 'B6',
  title: 'HTTP overhead',
  async run(stage) {
    const nats = await stage.nats();
    const databaseUrl = await stage.database();
    const connection = await connect({ servers: nats.url });
    stage.onClose(() => connection.close());
    const stream = { name: 'BARE', subjects: ['bare.*'], allow_atomic: true, allow_direct: true };
    await (await jetstreamManager(connection)).streams.add(stream);
    const [upstream, bare, load] = await Promise.all([
      stage.worker('neighbours/fake-upstream.ts'),
      stage.worker('neighbours/bare-create.ts'),
      stage.worker('load/http.load.ts'),
    ]);
    const upstreamUrl = await upstream.ask<string>('listen');
    const env = { NATS_URL: nats.url, DATABASE_URL: databaseUrl, PARALLEL_BASE_URL: upstreamUrl };
    const gateway = await stage.service('api-gateway', { ...env, UPSTREAM_KIND: 'custom' });
    const bareUrl = await bare.ask<string>('listen', { databaseUrl, natsUrl: nats.url, upstreamUrl });

    const side =
      (pid: number, url: string, what: typeof creating | typeof asking, milliseconds: number) => async () => {
        const before = cpuSeconds([pid]);
        const { perSecond, answers } = await load.ask<{ perSecond: number; answers: number }>('run', {
          ...what,
          url,
          milliseconds,
        });
        return { perSecond, cpuPerThousand: ((cpuSeconds([pid]) - before) / answers) * 1_000 };
      };
    const [long, brief] = [stage.scale.of(2_500, 800), stage.scale.of(1_200, 500)];
    const api = `${gateway.url}/v1beta/tasks/multitask`;
    // The same answer of some two kilobytes on both sides.
    await bare.ask('greet', await (await fetch(`${api}/limits`)).json());
    const given = await interleaved(stage, {
      create: side(gateway.pid, api, creating, long),
      bareCreate: side(bare.pid, bareUrl, creating, long),
      hello: side(gateway.pid, `${api}/limits`, asking, brief),
      bareHello: side(bare.pid, bareUrl, asking, brief),
    });
    const ratio = (ours: readonly Answered[], limit: readonly Answered[]) => {
      const [above, below] = [ours, limit].map((one) => one.map(({ perSecond }) => perSecond)) as [number[], number[]];
      return { rounds: quotients(above, below), ours: spreadOf(above), limit: spreadOf(below), unit: 'requests/s' };
    };
    const cpu = (name: string, answered: readonly Answered[]) => ({
      name: `${name}, CPU`,
      rounds: answered.map(({ cpuPerThousand }) => cpuPerThousand),
      unit: 's / 1,000 requests',
    });
    return {
      ratios: [
        { name: 'create', ...ratio(given.create, given.bareCreate), must: { atLeast: 0.5 }, aim: { atLeast: 0.7 } },
        { name: 'hello', ...ratio(given.hello, given.bareHello), must: { atLeast: 0.55 }, aim: { atLeast: 0.8 } },
      ],
      facts: [
        cpu('create', given.create),
        cpu('bare create', given.bareCreate),
        cpu('hello', given.hello),
        cpu('bare hello', given.bareHello),
        { name: 'api-gateway, peak memory', rounds: [peakMegabytes(gateway.pid)], unit: 'MB' },
      ],
    };
  },
};
