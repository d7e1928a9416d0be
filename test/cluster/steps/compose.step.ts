import { until } from '../../chaos/waiting';
import { run } from '../command';
import type { ClusterHouse } from '../house';

const services = ['api-gateway', 'stream-ingestor', 'projector', 'results-gateway', 'orchestrator', 'notifier'];
const everybody = [...services, 'parallel-emulator', 'nats', 'postgres', 'front-door'];
const project = 'multitask-test';
const port = 18_080;
const origin = `http://127.0.0.1:${port}`;

/** What of a service's own metrics shows that it has worked. */
const work: Readonly<Record<string, RegExp>> = {
  'api-gateway': /^multitask_http_request_seconds_count\{.*\} [1-9]/m,
  'results-gateway': /^multitask_http_request_seconds_count\{.*\} [1-9]/m,
  'stream-ingestor': /^multitask_ingest_takeovers_total(\{.*\})? [1-9]/m,
  orchestrator: /^multitask_orchestration_sweeps_total(\{.*\})? [1-9]/m,
  projector: /^multitask_projector_held\{.*\} 1/m,
  notifier: /^multitask_credentials_destroyed_total(\{.*\})? [1-9]/m,
};

/** The compose file with the image of here: a group of 100 rows through kills of every container, then two replicas of each service. */
export async function composeStep({ root, image, report }: ClusterHouse): Promise<void> {
  const env = { MULTITASK_IMAGE: image, MULTITASK_PORT: String(port), PROMETHEUS_PORT: '19090', EMULATOR_SPEED: '10' };
  const composeWith = (more: Readonly<Record<string, string>>, ...args: string[]) =>
    run('docker-compose', ['-p', project, '-f', 'deploy/compose.yaml', ...args], {
      cwd: root,
      env: { ...env, ...more },
    });
  const compose = (...args: string[]) => composeWith({}, ...args);
  const idsOf = async (service: string) => (await compose('ps', '-q', service)).stdout.split('\n').filter(Boolean);
  try {
    await report.step('compose up', async () => {
      await compose('up', '-d');
      await until('it answers', () => answers(), { timeoutMs: 180_000, everyMs: 500 });
    });
    await report.check('100 rows with every service in a container of its own', async () =>
      finished(await create(100)),
    );
    for (const name of everybody)
      await report.check(`100 rows over a kill of ${name}`, async () => {
        const id = await create(100);
        await kill((await idsOf(name))[0]!);
        return finished(id);
      });
    await report.check('two replicas of each service share the work', async () => {
      await compose('up', '-d', ...services.flatMap((service) => ['--scale', `${service}=2`]));
      await until('it answers', () => answers(), { timeoutMs: 120_000, everyMs: 500 });
      for (let i = 0; i < 12; i++) await finished(await create(10));
      const idle: string[] = [];
      for (const service of services)
        for (const container of await idsOf(service))
          if (!work[service]!.test(await metricsOf(container))) idle.push(service);
      if (idle.length > 0) throw new Error(`a replica that did nothing: ${idle.join(', ')}`);
    });
  } finally {
    await compose('down', '-v', '--remove-orphans', '-t', '3');
  }
  const cluster = (...args: string[]) => composeWith(threeServers, '--profile', 'nats-cluster', ...args);
  try {
    await report.check('100 rows on three NATS servers, over a kill of one of them', async () => {
      await cluster('up', '-d');
      await until('it answers', () => answers(), { timeoutMs: 180_000, everyMs: 500 });
      const id = await create(100);
      await kill((await cluster('ps', '-q', 'nats-2')).stdout.trim());
      return finished(id);
    });
  } finally {
    await cluster('down', '-v', '--remove-orphans', '-t', '3');
  }
}

/** As the head of the compose file says. */
const threeServers = { NATS_URL: 'nats://nats-1:4222,nats://nats-2:4222,nats://nats-3:4222', NATS_REPLICAS: '3' };

/** The process itself: what Docker is asked to kill, it does not start again. */
async function kill(container: string): Promise<void> {
  const { stdout } = await run('docker', ['inspect', '--format', '{{.State.Pid}}', container]);
  process.kill(Number(stdout), 'SIGKILL');
}

const answers = async (): Promise<boolean> =>
  (await fetch(`${origin}/openapi.json`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined))?.ok === true;

/** As a client does: repeated with its key until it is answered. */
async function create(rows: number): Promise<string> {
  const key = `compose-${Date.now()}-${Math.random()}`;
  return until(
    'a create is answered',
    async () => {
      const answer = await fetch(`${origin}/v1beta/tasks/multitask`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', 'idempotency-key': key },
        body: JSON.stringify({
          inputs: Array.from({ length: rows }, (_, row) => ({ country: `country ${row}` })),
          output_type: 'json',
          output_description: 'capital',
          processor: 'lite',
        }),
        signal: AbortSignal.timeout(20_000),
      }).catch(() => undefined);
      if (answer?.status !== 201) return undefined;
      return ((await answer.json()) as { taskgroup_id: string }).taskgroup_id;
    },
    { timeoutMs: 90_000, everyMs: 500 },
  );
}

async function finished(id: string): Promise<string> {
  const since = Date.now();
  await until(
    `every row of ${id} is completed`,
    async () => {
      const answer = await fetch(`${origin}/${id}.json`, { signal: AbortSignal.timeout(10_000) }).catch(
        () => undefined,
      );
      if (!answer?.ok) return undefined;
      const { results } = (await answer.json()) as { results: { $status: string }[] };
      return results.every(({ $status }) => $status === 'completed');
    },
    { timeoutMs: 180_000, everyMs: 500 },
  );
  return `finished in ${((Date.now() - since) / 1_000).toFixed(1)} s`;
}

async function metricsOf(container: string): Promise<string> {
  const ask = `fetch('http://127.0.0.1:9090/metrics').then(async (answer) => console.log(await answer.text()))`;
  return (await run('docker', ['exec', container, 'node', '-e', ask])).stdout;
}
