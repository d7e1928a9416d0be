import { leaseStoreContract } from './lease-store.contract';
import { InMemoryLeaseStore } from './lease.memory-store';

describe('leases in memory', () => {
  const store = new InMemoryLeaseStore();
  leaseStoreContract(() => store);

  it('loses an expired lease', async () => {
    const lease = (await store.acquire('k', 'a'))!;
    store.expire('k');
    expect(lease.lost.aborted).toBe(true);
    expect(await store.acquire('k', 'b')).toBeDefined();
  });
});
