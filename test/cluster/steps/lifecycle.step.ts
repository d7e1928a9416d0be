import { run } from '../command';
import { FrontDoorClient } from '../front-door.client';
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
        '5m',
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
      await kubernetes.helm(['rollback', release, '1', '-n', namespace, '--wait', '--timeout', '5m']);
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
  await kubernetes.helm(['uninstall', release, '-n', namespace, '--wait', '--timeout', '3m']);
  await kubernetes.kubectl(['delete', 'namespace', namespace, '--timeout=180s']);
}
