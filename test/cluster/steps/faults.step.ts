import { join } from 'node:path';
import { installTrial, makeNamespace, type ClusterHouse } from '../house';
import type { Act, InsideOrder } from '../inside';

const receiver = { host: '10.200.0.1', port: 18_077 };
const services = ['api-gateway', 'stream-ingestor', 'projector', 'results-gateway', 'notifier'];

/** The upstream's slowness, cut to seconds as in the chaos tests: nothing else of a fault's handling is. */
const quickWaits = {
  INGEST_POST_START_SECONDS: 3,
  INGEST_POST_ABORT_SECONDS: 5,
  INGEST_LISTED_WITHIN_SECONDS: 3,
  INGEST_REQUEST_AGAIN_SECONDS: 10,
  INGEST_REQUESTS_PER_MINUTE: 60,
  INGEST_ROWS_PER_BATCH: 60,
  PACE_RUNS_PER_MINUTE: 1_800,
};

/** Three NATS servers, two of every service, readers and groups under way: each kind of pod deleted by force, one after the other. */
export async function faultsStep(house: ClusterHouse): Promise<void> {
  const { kubernetes, namespace, release, report } = house;
  const settings = Object.entries(quickWaits).map(([name, value]) => `services.stream-ingestor.env.${name}=${value}`);
  await report.step('release of two of every service and three NATS servers', async () => {
    await makeNamespace(house);
    await installTrial(
      house,
      '--set',
      ['nats.replicas=3,defaults.replicas=2,frontDoor.replicas=2,emulator.speed=20', ...settings].join(','),
      '--set',
      `networkPolicy.allowPrivate={${receiver.host}/32},outboundAllow={${receiver.host}:${receiver.port}}`,
    );
    await kubernetes.apply([ledgerMayReach(house)]);
  });
  await report.check('replicas sit on different nodes', () => spread(house));
  const databaseUrl = await databaseUrlOf(house);
  const kill = (part: string, afterMs: number): Act => ({ afterMs, command: ['sh', '-c', killCommand(house, part)] });
  const order: InsideOrder = {
    namespace,
    release,
    databaseUrl,
    receiver,
    seed: 'cluster',
    emulatorFaults: [
      { kind: 'delay', seconds: 0.4, match: { endpoint: ['create_group', 'add_runs'] } },
      { kind: 'hide_runs', seconds: 1, rate: 0.2 },
    ],
    groups: [
      { afterMs: 0, rows: 300, readers: 10, pollMs: 1_000, repeated: true },
      { afterMs: 3_000, rows: 300, readers: 10, pollMs: 1_000, repeated: false },
      { afterMs: 8_000, rows: 12, readers: 0, pollMs: 1_000, repeated: false },
    ],
    deadlineMs: 240_000,
    rounds: [
      { name: 'undisturbed', service: '-', acts: [] },
      ...(house.parts ?? [...services, 'front-door', 'nats', 'postgres']).map((part) => ({
        name: `delete ${part}`,
        service: part,
        acts: [kill(part, 6_000)],
      })),
    ],
  };
  await report.check('I1–I7 over a forced deletion of each kind of pod', async () => {
    const command = [house.node, join(house.root, 'test/cluster/run.mjs'), '--inside', JSON.stringify(order)];
    const { code, stdout, stderr } = await kubernetes.inside(command, { mayFail: true, timeoutMs: 3_600_000 });
    process.stdout.write(stdout.replace(/^/gm, '    '));
    if (code !== 0) throw new Error(`it ended with ${code} ${stderr.slice(-2_000)}`);
    return stdout.trim().split('\n').at(-1);
  });
  await kubernetes.helm(['uninstall', release, '-n', namespace, '--wait', '--timeout', '3m']);
  await kubernetes.kubectl(['delete', 'namespace', namespace, '--timeout=180s']);
}

/** The ledger is no pod: it comes from a node's address, to the stores, the emulator and the front door. */
const ledgerMayReach = ({ namespace, release }: ClusterHouse): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'ledger', namespace },
  spec: {
    podSelector: { matchLabels: { 'app.kubernetes.io/instance': release } },
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ ipBlock: { cidr: '10.200.0.0/24' } }] }],
  },
});

const killCommand = ({ namespace, release }: ClusterHouse, part: string): string => {
  const selector = `app.kubernetes.io/instance=${release},app.kubernetes.io/component=${part}`;
  const first = `kubectl -n ${namespace} get pods -l ${selector} -o name | head -1`;
  return `kubectl -n ${namespace} delete $(${first}) --force --grace-period=0`;
};

async function databaseUrlOf({ kubernetes, namespace, release }: ClusterHouse): Promise<string> {
  const secret = await kubernetes.json<{ data: Record<string, string> }>(['-n', namespace, 'get', 'secret', release]);
  const url = Buffer.from(secret.data['database-url']!, 'base64').toString();
  return url.replace(`${release}-postgres:`, `${release}-postgres.${namespace}.svc.cluster.local:`);
}

async function spread({ kubernetes, namespace, release }: ClusterHouse): Promise<string> {
  const { items } = await kubernetes.json<{ items: Pod[] }>([
    '-n',
    namespace,
    'get',
    'pods',
    '-l',
    `app.kubernetes.io/instance=${release}`,
  ]);
  const nodes = new Map<string, Set<string>>();
  const counts = new Map<string, number>();
  for (const { metadata, spec } of items) {
    const part = metadata.labels['app.kubernetes.io/component']!;
    nodes.set(part, (nodes.get(part) ?? new Set()).add(spec.nodeName));
    counts.set(part, (counts.get(part) ?? 0) + 1);
  }
  const together = [...counts].filter(([part, count]) => nodes.get(part)!.size < count).map(([part]) => part);
  if (together.length > 0) throw new Error(`replicas share a node: ${together.join(', ')}`);
  return `${items.length} pods`;
}

interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly nodeName: string };
}
