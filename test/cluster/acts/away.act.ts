import { until } from '../../chaos/waiting';
import { unnoticed, type ActAccount, type ActOf, type Stage } from './act';

/** The only Postgres is away until a command and a result have been refused with 503 and Retry-After; then it comes back. */
export async function takePostgresAway(_: ActOf<'away'>, { house, release, requests }: Stage): Promise<ActAccount> {
  const scale = (replicas: number) =>
    release.kubectl(['scale', `statefulset/${release.nameOf('postgres')}`, `--replicas=${replicas}`]);
  const at = Date.now();
  await scale(0);
  try {
    await until('a command and a result are refused', () => toldBoth(requests, at), {
      timeoutMs: 150_000,
      everyMs: 250,
    });
  } finally {
    await scale(1);
  }
  const back = Date.now();
  await until('Postgres answers', () => house.tables.checkpoints().catch(() => undefined), { timeoutMs: 120_000 });
  await release.settled(180_000);
  const done = Date.now();
  return {
    fault: { kind: 'outage', service: 'postgres', at, until: done },
    disturbance: { what: 'no Postgres', from: at, until: done, ...unnoticed, refuses: true },
    faults: [],
    says: `Postgres away; ${((back - at) / 1_000).toFixed(1)} s until a command and a result had been refused with 503 and Retry-After`,
  };
}

/** Somebody was told 503 and when to come again, for a command and for a result. */
export function toldBoth(requests: Stage['requests'], since: number): boolean {
  const told = requests.since(since).filter(({ status, retryAfter }) => status === 503 && Number(retryAfter) > 0);
  const commands = told.filter(({ path }) => path.startsWith('/v1beta/')).length;
  return commands > 0 && told.length > commands;
}
