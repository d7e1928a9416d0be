import { until } from '../../chaos/waiting';
import type { Disturbance } from '../requests/request.judge';
import type { ActAccount, ActOf, Stage } from './act';
import { takesConnections } from './release';

/** Where a pod of each part takes connections as long as its process lives; a service's own port. */
const ports: Readonly<Record<string, number>> = { 'front-door': 8081, nats: 8222, postgres: 5432 };
const servicePort = 9090;

/** A pod of the part is deleted by force. */
export async function deletePod({ part }: ActOf<'delete'>, { house, release }: Stage): Promise<ActAccount> {
  const [pod] = await release.podsOf(part);
  if (pod === undefined) throw new Error(`there is no pod of ${part}`);
  const at = Date.now();
  await release.kubectl(['delete', 'pod', pod.name, '--force', '--grace-period=0', '--wait=false']);
  const port = ports[part] ?? servicePort;
  await until(`${pod.name} is dead`, async () => !(await takesConnections(pod.ip, port)), { timeoutMs: 60_000 });
  if (part === 'postgres') {
    await until('Postgres answers', () => house.tables.checkpoints().catch(() => undefined), { timeoutMs: 120_000 });
    // Gateways that were not ready without it are asked again only some seconds later.
    await release.settled(180_000);
  }
  const gone = Date.now();
  return {
    fault: { kind: 'kill', service: part, instance: pod.name, at, until: gone },
    disturbance: { what: `${pod.name} deleted`, from: at, until: gone, ...noticedOf(part) },
    faults: [],
    says: `${pod.name} ${part === 'postgres' ? 'away for' : 'dead after'} ${((gone - at) / 1_000).toFixed(1)} s`,
  };
}

/** Who may notice: those who talk to the pod, and with the only Postgres away everybody. */
function noticedOf(part: string): Pick<Disturbance, 'cuts' | 'breaks' | 'refuses'> {
  switch (part) {
    case 'front-door':
    case 'results-gateway':
      return { cuts: [part], breaks: [part], refuses: false };
    case 'api-gateway':
      return { cuts: [part], breaks: [], refuses: false };
    default:
      return { cuts: [], breaks: [], refuses: part === 'postgres' };
  }
}
