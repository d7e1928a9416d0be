import { join } from 'node:path';
import type { PlannedGroup } from '../chaos/round';
import { installTrial, makeNamespace, type ClusterHouse } from './house';
import type { InsideOrder, OrderedRound } from './inside';

const receiver = { host: '10.200.0.1', port: 18_077 };

/** The pace of the real upstream, of which the emulator has none. */
const pace = { INGEST_ROWS_PER_BATCH: 60, PACE_RUNS_PER_MINUTE: 1_800 };

/** The upstream's slowness, cut to seconds as in the chaos tests: nothing else of a fault's handling is. */
export const quickWaits = {
  INGEST_POST_START_SECONDS: 3,
  INGEST_POST_ABORT_SECONDS: 5,
  INGEST_LISTED_WITHIN_SECONDS: 3,
  INGEST_REQUEST_AGAIN_SECONDS: 10,
  INGEST_REQUESTS_PER_MINUTE: 60,
};

export const pinned = (part: string, node: string): string[] => [
  `${part}.nodeSelector.kubernetes\\.io/hostname=${node}`,
];

/** Two of every service, three NATS servers, the ingestor's settings given here, and a ledger that may reach what it must. */
export async function installForLedger(
  house: ClusterHouse,
  ingestor: Readonly<Record<string, number>>,
  ...more: string[]
): Promise<void> {
  const settings = Object.entries({ ...pace, ...ingestor }).map(
    ([name, value]) => `services.stream-ingestor.env.${name}=${value}`,
  );
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

const large = (afterMs: number, readers = 10): PlannedGroup => ({
  afterMs,
  rows: 300,
  readers,
  pollMs: 1_000,
  repeated: afterMs === 0,
});
const small = (afterMs: number): PlannedGroup => ({ afterMs, rows: 12, readers: 0, pollMs: 1_000, repeated: false });

/** Two groups of 300 rows under 20 readers, and a small one beside them. */
export const load: readonly PlannedGroup[] = [large(0), large(3_000), small(8_000)];

/** The same for as long as an upgrade takes: never fewer than 20 readers, and something to create all the time. */
export const longLoad: readonly PlannedGroup[] = [
  ...[0, 3_000, 25_000, 28_000, 50_000, 53_000, 75_000, 78_000].map((afterMs) => large(afterMs)),
  ...Array.from({ length: 12 }, (_, i) => small(8_000 * (i + 1))),
];

/** Two large groups, and new ones for as long as a node may be dark. */
export const loadInTheDark: readonly PlannedGroup[] = [
  large(0),
  large(3_000),
  ...Array.from({ length: 7 }, (_, i) => small(8_000 + 10_000 * i)),
];

/** Calls of the upstream take a little, and now and then runs are listed late. */
export const usualUpstream: readonly object[] = [
  { kind: 'delay', seconds: 0.4, match: { endpoint: ['create_group', 'add_runs'] } },
  { kind: 'hide_runs', seconds: 1, rate: 0.2 },
];

export async function orderOf(
  house: ClusterHouse,
  rounds: readonly OrderedRound[],
  { emulatorFaults = usualUpstream, deadlineMs = 240_000 }: Partial<InsideOrder> = {},
): Promise<InsideOrder> {
  const { namespace, release } = house;
  const databaseUrl = await databaseUrlOf(house);
  return { namespace, release, databaseUrl, receiver, seed: 'cluster', emulatorFaults, deadlineMs, rounds };
}

/** Runs the ledger in the cluster's network; answers its last line. */
export async function runLedger({ kubernetes, node, root }: ClusterHouse, order: InsideOrder): Promise<string> {
  const command = [node, join(root, 'test/cluster/run.mjs'), '--inside', JSON.stringify(order)];
  const { code, stdout, stderr } = await kubernetes.inside(command, {
    mayFail: true,
    timeoutMs: 3_600_000,
    onOutput: (text) => process.stdout.write(text.replace(/^(?=.)/gm, '    ')),
  });
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
