import { allPartitions } from '@multitask/contracts';
import { InMemoryLeaseStore } from '@multitask/event-log';
import { createLogger } from '@multitask/platform';
import { PartitionSharing } from './partition.sharing';

const logger = createLogger('test', { level: 'silent', format: 'json' });

/** Works until told to stop, and remembers who worked on what. */
function replica(leases: InMemoryLeaseStore, name: string) {
  const working = new Set<string>();
  const sharing = new PartitionSharing(
    leases,
    name,
    async (partition, signal) => {
      working.add(partition);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve());
      });
      working.delete(partition);
    },
    logger,
  );
  return { sharing, working };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('sharing the partitions', () => {
  it('gives all of them to a replica that is alone', async () => {
    const { sharing, working } = replica(new InMemoryLeaseStore(), 'a');
    await sharing.balance();
    expect(sharing.partitions).toEqual(allPartitions);
    expect([...working].sort()).toEqual(allPartitions);
  });

  it.each([2, 3, 5, 16, 20])('spreads them evenly over %d replicas, none of them twice', async (count) => {
    const leases = new InMemoryLeaseStore();
    const replicas = Array.from({ length: count }, (_, i) => replica(leases, `pod-${i}`));
    for (let round = 0; round < 4; round++) for (const { sharing } of replicas) await sharing.balance();
    const held = replicas.flatMap(({ sharing }) => sharing.partitions);
    expect([...held].sort()).toEqual(allPartitions);
    for (const { sharing } of replicas) expect(sharing.partitions.length).toBeLessThanOrEqual(Math.ceil(16 / count));
  });

  it('leaves what it held to the others when it stops, with its work done', async () => {
    const leases = new InMemoryLeaseStore();
    const [one, two] = [replica(leases, 'a'), replica(leases, 'b')];
    await one.sharing.balance();
    await two.sharing.balance();
    await one.sharing.balance();
    await one.sharing.stop();
    expect(one.working.size).toBe(0);
    await two.sharing.balance();
    expect(two.sharing.partitions).toEqual(allPartitions);
  });

  it('takes a lost partition again', async () => {
    const leases = new InMemoryLeaseStore();
    const { sharing, working } = replica(leases, 'a');
    await sharing.balance();
    leases.expire('projector.03');
    await settle();
    expect(working.has('03')).toBe(false);
    await sharing.balance();
    expect(working.has('03')).toBe(true);
  });

  it('takes its partitions back at once when it is restarted under its name', async () => {
    const leases = new InMemoryLeaseStore();
    const before = replica(leases, 'host.example-1');
    await before.sharing.balance();
    const after = replica(leases, 'host.example-1');
    await after.sharing.balance();
    expect(after.sharing.partitions).toEqual(allPartitions);
    await settle();
    expect(before.working.size).toBe(0);
  });
});
