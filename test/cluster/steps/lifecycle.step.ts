import { run, type CommandResult } from '../command';
import { FrontDoorClient } from '../front-door.client';
import { until } from '../../chaos/waiting';
import { chart, imageValues, installTrial, makeNamespace, type ClusterHouse } from '../house';

/** What upgrades, failed ones, rollbacks and a second installation leave as it was. */
export async function lifecycleStep(house: ClusterHouse): Promise<void> {
  const { kubernetes, namespace, release, report, image, root } = house;
  const client = new FrontDoorClient(kubernetes, release, namespace);
  const [next, broken] = ['next', 'broken'].map((tag) => `${image.split(':')[0]}:${tag}`) as [string, string];
  let id = '';
  let secret = '';
  const secretOf = async () =>
    JSON.stringify((await kubernetes.json<{ data: object }>(['-n', namespace, 'get', 'secret', release])).data);
  const revision = async () => (await kubernetes.helm(['history', release, '-n', namespace, '-o', 'json'])).stdout;
  const upgrade = (of: string, ...more: string[]) =>
    kubernetes.helm(
      [
        'upgrade',
        release,
        chart,
        '-n',
        namespace,
        '-f',
        `${chart}/values-trial.yaml`,
        ...imageValues(of),
        ...more,
        '--wait',
        '--timeout',
        '15m',
      ],
      { cwd: root, mayFail: true },
    );
  const sameSecret = async () => {
    if ((await secretOf()) !== secret) throw new Error('the generated secrets have changed');
  };
  const undisturbed = async (work: () => Promise<void>) => {
    const watch = client.watch(id);
    await work();
    const { asked, failed } = await watch.stop();
    if (failed.length > 0)
      throw new Error(`${failed.length} of ${asked} requests failed: ${failed.slice(0, 5).join('; ')}`);
    return `${asked} requests, none failed`;
  };

  await report.step('images of another release and of one whose migration fails', async () => {
    await run('docker', ['tag', image, next]);
    const failing = `FROM ${image}\nUSER 0\nRUN echo 'process.exit(1)' > /app/libs/read-model/dist/migrate.main.js\nUSER 1000:1000\n`;
    await run('docker', ['build', '-q', '-t', broken, '-'], { input: failing });
    await kubernetes.up(1, [next, broken]);
  });
  await report.step('release with a finished group, two of each service', async () => {
    await makeNamespace(house);
    await installTrial(house, '--set', 'defaults.replicas=2,frontDoor.replicas=2');
    id = await client.finishedGroup(20);
    secret = await secretOf();
  });
  const two = ['--set', 'defaults.replicas=2,frontDoor.replicas=2'];
  await report.check('an upgrade with a value that cannot be meant is refused before anything changes', async () => {
    const before = await revision();
    const { code, stderr } = await upgrade(image, ...two, '--set', 'nats.replicas=2');
    if (code === 0 || !stderr.includes('/nats/replicas')) throw new Error(`it ended with ${code}: ${stderr}`);
    if ((await revision()) !== before) throw new Error('there is another revision');
  });
  await report.check('an upgrade whose migration fails leaves the old version serving', () =>
    undisturbed(async () => {
      const { code } = await upgrade(broken, ...two, '--set', 'migrations.timeoutSeconds=60');
      if (code === 0) throw new Error('it did not fail');
      const images = await kubernetes.kubectl(['-n', namespace, 'get', 'deployments', '-o', 'jsonpath={..image}']);
      if (images.includes(broken)) throw new Error('a Deployment has the new image');
    }),
  );
  await report.check('an upgrade to another tag is not noticed, and keeps the secrets', () =>
    undisturbed(async () => {
      const { code, stderr } = await upgrade(next, ...two);
      if (code !== 0) throw new Error(stderr);
      await sameSecret();
    }),
  );
  await report.check('a rollback is not noticed', () =>
    undisturbed(async () => {
      await kubernetes.helm(['rollback', release, '1', '-n', namespace, '--wait', '--timeout', '15m']);
      await sameSecret();
    }),
  );
  await report.check('uninstalled and installed again, it finds its data', async () => {
    await kubernetes.helm(['uninstall', release, '-n', namespace, '--wait', '--timeout', '3m']);
    await installTrial(house);
    await sameSecret();
    const rows = await client.completedRows(id);
    if (rows !== 20) throw new Error(`${rows} of 20 rows are there`);
    await client.finishedGroup(3);
  });
  await testEveryMode(house, upgrade);
  await kubernetes.helm(['uninstall', release, '-n', namespace, '--wait', '--timeout', '3m']);
  await kubernetes.kubectl(['delete', 'namespace', namespace, '--timeout=180s']);
}

const upstream = { host: '10.200.0.1', port: 18_078 };

/** `helm test` where rows would cost money, and where there is no front door: it asks for a price and buys nothing. */
async function testEveryMode(
  house: ClusterHouse,
  upgrade: (of: string, ...more: string[]) => Promise<CommandResult>,
): Promise<void> {
  const { kubernetes, namespace, release, report, image } = house;
  const script = `require('http').createServer((q, a) => { console.log(q.url); a.writeHead(401).end('{}'); }).listen(${upstream.port}, '${upstream.host}')`;
  const listener = kubernetes.background([house.node, '-e', script]);
  const asked: string[] = [];
  listener.stdout!.on('data', (chunk: Buffer) => asked.push(...chunk.toString().split('\n').filter(Boolean)));
  const paid = `emulator.enabled=false,upstream.baseUrl=http://${upstream.host}:${upstream.port},networkPolicy.allowPrivate={${upstream.host}/32}`;
  const modes = [
    { name: 'an upstream that costs money', values: paid },
    { name: 'such an upstream and no front door', values: `${paid},frontDoor.enabled=false` },
    { name: 'the emulator and no front door', values: 'frontDoor.enabled=false' },
  ];
  try {
    for (const [number, { name, values }] of modes.entries()) {
      await report.check(`helm test with ${name} buys nothing`, async () => {
        const { code, stderr } = await upgrade(image, '--set', values);
        if (code !== 0) throw new Error(stderr);
        await kubernetes.helm(['test', release, '-n', namespace], { timeoutMs: 180_000 });
        const said = await kubernetes.kubectl(['-n', namespace, 'logs', `${release}-test`]);
        if (!said.includes('"dry_run":true')) throw new Error(`it told no price: ${said.slice(-500)}`);
        if (asked.length > 0) throw new Error(`the upstream was asked: ${asked.join(', ')}`);
      });
      if (number === 0)
        await report.check('that upstream hears of a group that somebody creates', async () => {
          const order = '{"inputs":[{"a":1}],"output_type":"text","processor":"lite"}';
          const at = `http://${release}-front-door.${namespace}.svc.cluster.local/v1beta/tasks/multitask`;
          const headers = ['-H', 'content-type: application/json', '-H', 'x-api-key: some-key'];
          await kubernetes.inside(['curl', '-sS', '-m', '60', ...headers, '-d', order, at]);
          await until('it is asked', () => asked.length > 0, { timeoutMs: 20_000 });
          return asked.splice(0)[0]!;
        });
    }
  } finally {
    listener.kill('SIGKILL');
  }
}
