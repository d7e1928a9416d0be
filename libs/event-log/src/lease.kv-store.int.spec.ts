import type { NatsConnection } from '@nats-io/transport-node';
import { createLogger } from '@multitask/platform';
import { eventually, startTestNats, type TestNats } from '@multitask/testing';
import { leaseStoreContract } from './lease-store.contract';
import { KvLeaseStore } from './lease.kv-store';
import { connectNats } from './nats.connection';

const logger = createLogger('test', { level: 'silent', format: 'json' });
const stream = 'KV_multitask-leases';

let nats: TestNats;
let connections: NatsConnection[];
let store: KvLeaseStore;

async function newStore(ttlMs = 15_000, renewMs?: number): Promise<KvLeaseStore> {
  const connection = await connectNats({ servers: nats.url, name: 'test', logger });
  connections.push(connection);
  return KvLeaseStore.open(connection, { replicas: 1, ttlMs, ...(renewMs !== undefined && { renewMs }) });
}

async function writesOf(key: string): Promise<number> {
  const { jetstreamManager } = await import('@nats-io/jetstream');
  const manager = await jetstreamManager(connections[0]!);
  const message = await manager.streams.getMessage(stream, { last_by_subj: `$KV.multitask-leases.${key}` });
  return message?.seq ?? 0;
}

beforeAll(async () => {
  connections = [];
  nats = await startTestNats();
  store = await newStore();
});

afterAll(async () => {
  await Promise.all(connections.map((connection) => connection.close()));
  await nats?.stop();
});

describe('leases in a NATS bucket', () => {
  leaseStoreContract(() => store);

  it('renews for as long as it is held, keeping the time to live', async () => {
    const quick = await newStore(4_000, 300);
    const lease = (await quick.acquire('renewed', 'a'))!;
    const first = lease.revision;
    await eventually(() => lease.revision > first + 11);
    expect(lease.lost.aborted).toBe(false);
    expect(await store.acquire('renewed', 'b')).toBeUndefined();
    quick.close();
    expect(lease.lost.aborted).toBe(true);
    // The last renewal still expires: a plain update would have dropped the time to live.
    await eventually(() => store.acquire('renewed', 'b'), { timeoutMs: 60_000 });
  });

  it('takes a lease from a process whose successor has its name', async () => {
    const [former, successor] = [await newStore(3_000, 100), await newStore(3_000, 100)];
    const old = (await former.acquire('named', 'pod-1'))!;
    const young = (await successor.acquire('named', 'pod-1'))!;
    await eventually(() => old.lost.aborted);
    expect(young.lost.aborted).toBe(false);
    const before = await writesOf('named');
    await eventually(async () => (await writesOf('named')) > before);
  });

  it('loses its leases when NATS stays away, and gets them anew', async () => {
    const own = await startTestNats();
    const connection = await connectNats({ servers: own.url, name: 'test', logger });
    const quick = await KvLeaseStore.open(connection, { replicas: 1, ttlMs: 2_000, renewMs: 200 });
    const lease = (await quick.acquire('away', 'a'))!;
    await own.kill();
    await eventually(() => lease.lost.aborted, { timeoutMs: 60_000 });
    await own.restart();
    // The bucket was in memory: the store makes it anew.
    await eventually(() => quick.acquire('away', 'b'), { timeoutMs: 60_000 });
    await connection.close();
    await own.stop();
  });

  it('renews 2,000 leases of one process', async () => {
    // As they are deployed: 400 renewals a second.
    const many = await newStore(15_000, 5_000);
    const leases = await Promise.all(Array.from({ length: 2_000 }, (_, i) => many.acquire(`many.${i}`, 'a')));
    expect(leases.every(Boolean)).toBe(true);
    const before = leases.map((lease) => lease!.revision);
    await eventually(() => leases.every((lease, i) => lease!.revision > before[i]!), { timeoutMs: 60_000 });
    expect(leases.some((lease) => lease!.lost.aborted)).toBe(false);
    expect([...(await many.holders()).keys()].filter((key) => key.startsWith('many.'))).toHaveLength(2_000);
    await Promise.all(leases.map((lease) => lease!.release()));
    expect([...(await many.holders()).keys()].filter((key) => key.startsWith('many.'))).toHaveLength(0);
  });
});
