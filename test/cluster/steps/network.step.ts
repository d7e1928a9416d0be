import { installTrial, makeNamespace, type ClusterHouse } from '../house';
import { idlePod, openFrom } from '../prober';

const strangers = 'multitask-strangers';
const services = ['api-gateway', 'stream-ingestor', 'projector', 'results-gateway', 'orchestrator', 'notifier'];
/** An address that is no private one; the cluster's own machine takes it on for the test, since there is no internet. */
const outside = '198.51.100.7';
const outsidePort = 18_099;

/** The NetworkPolicies, each refusal beside the same connection where it must work. */
export async function networkStep(house: ClusterHouse): Promise<void> {
  const { kubernetes, namespace, release, report, image } = house;
  await report.step('release for the network', async () => {
    await makeNamespace(house);
    await installTrial(house);
    await kubernetes.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: strangers } },
      idlePod('stranger', strangers, image),
      idlePod('stranger', namespace, image),
      idlePod('nobody', strangers, image, 8080),
    ]);
    for (const [ns, pod] of [
      [strangers, 'stranger'],
      [strangers, 'nobody'],
      [namespace, 'stranger'],
    ] as const)
      await kubernetes.kubectl(['-n', ns, 'wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=120s']);
  });
  const ipOf = async (ns: string, selector: string) =>
    kubernetes.kubectl(['-n', ns, 'get', 'pods', '-l', selector, '-o', 'jsonpath={.items[0].status.podIP}']);
  const part = (name: string) => `app.kubernetes.io/component=${name},app.kubernetes.io/instance=${release}`;
  const podOf = async (name: string) =>
    kubernetes.kubectl(['-n', namespace, 'get', 'pods', '-l', part(name), '-o', 'jsonpath={.items[0].metadata.name}']);

  const ips = new Map<string, string>();
  for (const name of [...services, 'parallel-emulator', 'nats', 'postgres', 'front-door'])
    ips.set(name, await ipOf(namespace, part(name)));
  const at = (name: string, port: number) => `${ips.get(name)}:${port}`;
  const stores = [at('nats', 4222), at('postgres', 5432)];
  const internal = [
    ...stores,
    at('nats', 6222),
    at('nats', 8222),
    at('parallel-emulator', 8080),
    ...[...services, 'parallel-emulator'].map((name) => at(name, 9090)),
    at('api-gateway', 8080),
    at('results-gateway', 8080),
    at('orchestrator', 8080),
    at('front-door', 8081),
  ];

  for (const ns of [strangers, namespace])
    await report.check(`a stranger's pod in ${ns} reaches the front door and nothing else`, async () => {
      const open = await openFrom(kubernetes, { namespace: ns, pod: 'stranger' }, [
        at('front-door', 8080),
        ...internal,
      ]);
      expectSame(open, [at('front-door', 8080)]);
      return `${internal.length} ports closed`;
    });
  await report.check('those ports are open to those who may', async () => {
    const projector = await openFrom(kubernetes, { namespace, pod: await podOf('projector') }, stores);
    expectSame(projector, stores);
    const ingestor = await openFrom(kubernetes, { namespace, pod: await podOf('stream-ingestor') }, [
      at('parallel-emulator', 8080),
    ]);
    expectSame(ingestor, [at('parallel-emulator', 8080)]);
    for (const name of services) {
      const { stdout } = await kubernetes.inside([
        'curl',
        '-s',
        '-m',
        '5',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        `http://${at(name, 9090)}/metrics`,
      ]);
      if (stdout !== '200') throw new Error(`metrics of ${name} answer ${stdout} to the node`);
    }
  });
  await report.check("from every service a pod that is nobody's business is unreachable", async () => {
    const nobody = `${await ipOf(strangers, 'app=nobody')}:8080`;
    expectSame(await openFrom(kubernetes, { namespace: strangers, pod: 'stranger' }, [nobody]), [nobody]);
    for (const name of services)
      expectSame(await openFrom(kubernetes, { namespace, pod: await podOf(name) }, [nobody]), []);
  });
  await report.check('of the services only those who call addresses of users reach the outside', async () => {
    await kubernetes.inside(['ip', 'addr', 'replace', `${outside}/32`, 'dev', 'lo']);
    const serve = `require('http').createServer((_, r) => r.end()).listen(${outsidePort}, '${outside}')`;
    const listener = kubernetes.background([house.node, '-e', serve]);
    try {
      const address = `${outside}:${outsidePort}`;
      const may: string[] = [];
      for (const name of services)
        if ((await openFrom(kubernetes, { namespace, pod: await podOf(name) }, [address])).length > 0) may.push(name);
      expectSame(may, ['api-gateway', 'stream-ingestor', 'notifier']);
    } finally {
      listener.kill('SIGKILL');
      await kubernetes.inside(['ip', 'addr', 'del', `${outside}/32`, 'dev', 'lo'], { mayFail: true });
    }
  });
  await kubernetes.kubectl(['delete', 'namespace', strangers, '--wait=false']);
  await kubernetes.helm(['uninstall', release, '-n', namespace, '--wait', '--timeout', '3m']);
  await kubernetes.kubectl(['delete', 'namespace', namespace, '--timeout=180s']);
}

function expectSame(found: readonly string[], wanted: readonly string[]): void {
  if ([...found].sort().join() !== [...wanted].sort().join())
    throw new Error(`open: ${found.join(', ') || 'nothing'}; it should be ${wanted.join(', ') || 'nothing'}`);
}
