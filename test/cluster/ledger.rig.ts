import { join } from 'node:path';
import { installTrial, makeNamespace, type ClusterHouse } from './house';
import type { InsideOrder } from './inside';

const receiver = { host: '10.200.0.1', port: 18_077 };
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

/** Two of every service, three NATS servers, quick waits, and a ledger that may reach what it must. */
export async function installForLedger(house: ClusterHouse, ...more: string[]): Promise<void> {
  const settings = Object.entries(quickWaits).map(([name, value]) => `services.stream-ingestor.env.${name}=${value}`);
  await makeNamespace(house);
  await installTrial(
    house,
    '--set',
    ['nats.replicas=3,defaults.replicas=2,frontDoor.replicas=2,emulator.speed=20', ...settings, ...more].join(','),
    '--set',
    `networkPolicy.allowPrivate={${receiver.host}/32},outboundAllow={${receiver.host}:${receiver.port}}`,
  );
  await house.kubernetes.apply([ledgerMayReach(house)]);
}

/** The load of every round: two groups of 300 rows under 20 readers, and a small one beside them. */
export async function orderOf(house: ClusterHouse, rounds: InsideOrder['rounds']): Promise<InsideOrder> {
  const { namespace, release } = house;
  return {
    namespace,
    release,
    databaseUrl: await databaseUrlOf(house),
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
    rounds,
  };
}

/** Runs the ledger in the cluster's network; answers its last line. */
export async function runLedger({ kubernetes, node, root }: ClusterHouse, order: InsideOrder): Promise<string> {
  const command = [node, join(root, 'test/cluster/run.mjs'), '--inside', JSON.stringify(order)];
  const { code, stdout, stderr } = await kubernetes.inside(command, { mayFail: true, timeoutMs: 3_600_000 });
  process.stdout.write(stdout.replace(/^/gm, '    '));
  if (code !== 0) throw new Error(`it ended with ${code} ${stderr.slice(-2_000)}`);
  return stdout.trim().split('\n').at(-1) ?? '';
}

export async function removeRelease({ kubernetes, namespace, release }: ClusterHouse): Promise<void> {
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

async function databaseUrlOf({ kubernetes, namespace, release }: ClusterHouse): Promise<string> {
  const secret = await kubernetes.json<{ data: Record<string, string> }>(['-n', namespace, 'get', 'secret', release]);
  const url = Buffer.from(secret.data['database-url']!, 'base64').toString();
  return url.replace(`${release}-postgres:`, `${release}-postgres.${namespace}.svc.cluster.local:`);
}
