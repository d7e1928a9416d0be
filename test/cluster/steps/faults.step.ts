import type { ClusterHouse } from '../house';
import type { Act } from '../inside';
import { installForLedger, orderOf, removeRelease, runLedger } from '../ledger.rig';

const parts = [
  ...['api-gateway', 'stream-ingestor', 'projector', 'results-gateway', 'orchestrator', 'notifier'],
  ...['front-door', 'nats', 'postgres'],
];

/** Three NATS servers, two of every service, readers and groups under way: each kind of pod deleted by force, one after the other. */
export async function faultsStep(house: ClusterHouse): Promise<void> {
  const { report } = house;
  await report.step('release of two of every service and three NATS servers', () => installForLedger(house));
  await report.check('replicas sit on different nodes', () => spread(house));
  const kill = (part: string): Act => ({ afterMs: 6_000, command: ['sh', '-c', killCommand(house, part)] });
  const deletions = (house.parts ?? parts).map((part) => ({
    name: `delete ${part}`,
    service: part,
    acts: [kill(part)],
  }));
  const order = await orderOf(house, [{ name: 'undisturbed', service: '-', acts: [] }, ...deletions]);
  await report.check('I1–I7 over a forced deletion of each kind of pod', () => runLedger(house, order));
  await removeRelease(house);
}

const killCommand = ({ namespace, release }: ClusterHouse, part: string): string => {
  const selector = `app.kubernetes.io/instance=${release},app.kubernetes.io/component=${part}`;
  const first = `kubectl -n ${namespace} get pods -l ${selector} -o name | head -1`;
  return `kubectl -n ${namespace} delete $(${first}) --force --grace-period=0`;
};

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
