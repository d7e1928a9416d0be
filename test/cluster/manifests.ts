import { parseAllDocuments } from 'yaml';
import { run } from './command';
import { chart, makeNamespace, type ClusterHouse } from './house';

/** The specs of the rendered chart, with the helm that came with the cluster: none of them is left out here. */
export async function testManifests({ root, node, kubernetes }: ClusterHouse): Promise<string> {
  const { stdout } = await kubernetes.inside(['sh', '-c', 'command -v helm']);
  const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', 'test/helm', '--ci'];
  const env = { HELM: stdout.trim(), TEST_TIER: 'int' };
  const { stderr } = await run(node, jest, { cwd: root, env, timeoutMs: 300_000 });
  return /^Tests:.*$/m.exec(stderr)?.[0] ?? '';
}

/** Every switch that adds a kind of object. */
const everySwitch = [
  ...['ingress.enabled=true', 'ingress.host=tasks.example.com', 'emulator.enabled=true', 'defaults.replicas=2'],
  ...['httpRoute.enabled=true', 'httpRoute.parentRefs[0].name=gateway', 'metrics.serviceMonitor.enabled=true'],
  ...['defaults.autoscaling.enabled=true', 'services.projector.autoscaling.keda.enabled=true'],
  ...['metrics.dashboards.enabled=true', 'nats.replicas=3', 'frontDoor.replicas=2'],
].join(',');

const variants: readonly (readonly string[])[] = [
  [],
  ['-f', `${chart}/values-trial.yaml`],
  ['-f', `${chart}/values-production.yaml`],
  ['--set', everySwitch],
];

/**
 * What the API server itself says to all rendered objects, without keeping them. Kinds of operators that it does not know are named;
 * those are checked by their schemas alone.
 */
export async function apiAccepts(house: ClusterHouse): Promise<string> {
  const { kubernetes, namespace, release, root } = house;
  await makeNamespace(house);
  const known = new Set(
    (await kubernetes.kubectl(['api-resources', '--no-headers']))
      .split('\n')
      .map((line) => line.trim().split(/\s+/).at(-1)),
  );
  const unknown = new Set<string>();
  let accepted = 0;
  for (const values of variants) {
    const { stdout } = await kubernetes.helm(['template', release, chart, '-n', namespace, ...values], { cwd: root });
    const objects = parseAllDocuments(stdout)
      .map((document) => document.toJS() as { kind: string } | null)
      .filter((object) => object !== null);
    for (const { kind } of objects) if (!known.has(kind)) unknown.add(kind);
    const ours = objects.filter(({ kind }) => known.has(kind));
    // A pod is only accepted where its account is.
    await kubernetes.apply(ours.filter(({ kind }) => kind === 'ServiceAccount'));
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: ours });
    await kubernetes.kubectl(['apply', '--dry-run=server', '-f', '-'], { input });
    accepted += ours.length;
  }
  await kubernetes.kubectl(['delete', 'namespace', namespace, '--timeout=60s']);
  return `${accepted} objects; the API does not know ${[...unknown].join(', ') || 'no kind'}`;
}
