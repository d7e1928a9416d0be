import { KvLease } from './lease.kv';

const since = 1_000_000;
const terms = { ttlMs: 15_000, renewMs: 5_000 };

/** A lease that was written at `since`; `write` says what becomes of its renewals. */
function leaseWith(write: () => Promise<number | undefined>) {
  const forgotten: KvLease[] = [];
  const lease: KvLease = new KvLease('key', { holder: 'a', token: 't' }, 1, since, terms, {
    write,
    read: () => Promise.resolve(undefined),
    remove: () => Promise.resolve(),
    tellHandOver: () => undefined,
    forget: (gone) => forgotten.push(gone),
  });
  return { lease, forgotten };
}

describe('a lease', () => {
  beforeEach(() => void jest.useFakeTimers({ now: since }));
  afterEach(() => void jest.useRealTimers());

  const tickAt = async (lease: KvLease, at: number) => {
    jest.setSystemTime(at);
    lease.tick();
    await jest.advanceTimersByTimeAsync(0);
  };

  it('whose renewals nobody answers is given up half a second before anybody else could get it', async () => {
    let tries = 0;
    const { lease, forgotten } = leaseWith(() => {
      tries++;
      return Promise.reject(new Error('no answer'));
    });
    for (let at = since; at < since + 14_500; at += 100) {
      await tickAt(lease, at);
      expect(lease.lost.aborted).toBe(false);
    }
    await tickAt(lease, since + 14_500);
    expect(lease.lost.aborted).toBe(true);
    expect(forgotten).toEqual([lease]);
    // Every second from the fifth on.
    expect(tries).toBe(10);
  });

  it('lasts from the moment a renewal was sent, not from its answer', async () => {
    let answer: (revision: number) => void = () => undefined;
    const { lease } = leaseWith(() => new Promise((resolve) => (answer = resolve)));
    await tickAt(lease, since + 5_000);
    jest.setSystemTime(since + 9_000);
    answer(2);
    await jest.advanceTimersByTimeAsync(0);
    expect(lease.revision).toBe(2);
    await tickAt(lease, since + 5_000 + 14_499);
    expect(lease.lost.aborted).toBe(false);
    await tickAt(lease, since + 5_000 + 14_500);
    expect(lease.lost.aborted).toBe(true);
  });
});
