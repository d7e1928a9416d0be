import { eventually } from '@multitask/testing';
import type { LeaseStore } from './lease-store';

let keys = 0;
const newKey = (): string => `contract.${process.pid}.${keys++}`;

/** What every lease store does, whatever it does about time. */
export function leaseStoreContract(open: () => LeaseStore): void {
  const store = (): LeaseStore => open();

  it('gives a key to one holder at a time', async () => {
    const key = newKey();
    const tries = await Promise.all(['a', 'b', 'c', 'd'].map((holder) => store().acquire(key, holder)));
    expect(tries.filter(Boolean)).toHaveLength(1);
    const [lease] = tries.filter(Boolean);
    expect(lease!.lost.aborted).toBe(false);
    expect(lease!.key).toBe(key);
  });

  it('says who holds what', async () => {
    const [one, two] = [newKey(), newKey()];
    await store().acquire(one, 'a');
    await store().acquire(two, 'b');
    const holders = await store().holders();
    expect([holders.get(one), holders.get(two), holders.get(newKey())]).toEqual(['a', 'b', undefined]);
    expect((await store().holders('contract')).get(one)).toBe('a');
    expect((await store().holders('contr')).size).toBe(0);
  });

  it('gives a released key to the next at once, under a higher revision', async () => {
    const key = newKey();
    const first = (await store().acquire(key, 'a'))!;
    const revision = first.revision;
    await first.release();
    expect(first.lost.aborted).toBe(true);
    expect((await store().holders()).has(key)).toBe(false);
    const second = (await store().acquire(key, 'b'))!;
    expect(second.revision).toBeGreaterThan(revision);
    await first.release();
    expect((await store().holders()).get(key)).toBe('b');
  });

  it('tells who listens of keys that are handed over, when they are free, and of no others', async () => {
    const told: string[] = [];
    const stop = store().onHandOver('contract', (key) => told.push(key));
    const others = store().onHandOver('contr', () => told.push('of another family'));
    const [done, left] = [newKey(), newKey()];
    await (await store().acquire(done, 'a'))!.release();
    await (await store().acquire(left, 'a'))!.release({ handOver: true });
    await eventually(() => told.length > 0);
    expect(told).toEqual([left]);
    expect(await store().acquire(left, 'b')).toBeDefined();
    stop();
    others();
  });

  it('gives a holder that was restarted its key back, and takes it from its former self', async () => {
    const key = newKey();
    const before = (await store().acquire(key, 'a'))!;
    const after = (await store().acquire(key, 'a'))!;
    expect(after.revision).toBeGreaterThan(before.revision);
    expect(before.lost.aborted).toBe(true);
    expect(after.lost.aborted).toBe(false);
    await before.release();
    expect((await store().holders()).get(key)).toBe('a');
  });
}
