import type { Lease, LeaseStore, ReleaseOptions } from './lease-store';

/** Leases without a server, for unit tests. They do not expire by time; `expire` takes one away as if they had. */
export class InMemoryLeaseStore implements LeaseStore {
  private readonly held = new Map<string, { holder: string; ending: AbortController }>();
  private readonly listeners = new Set<(key: string) => void>();
  private revision = 0;

  acquire(key: string, holder: string): Promise<Lease | undefined> {
    const current = this.held.get(key);
    if (current && current.holder !== holder) return Promise.resolve(undefined);
    current?.ending.abort();
    const mine = { holder, ending: new AbortController() };
    this.held.set(key, mine);
    return Promise.resolve({
      key,
      revision: ++this.revision,
      lost: mine.ending.signal,
      release: ({ handOver = false }: ReleaseOptions = {}) => {
        if (this.held.get(key) !== mine) return Promise.resolve();
        this.expire(key);
        if (handOver) for (const tell of this.listeners) tell(key);
        return Promise.resolve();
      },
    });
  }

  holders(family?: string): Promise<ReadonlyMap<string, string>> {
    const asked = [...this.held].filter(([key]) => family === undefined || key.startsWith(`${family}.`));
    return Promise.resolve(new Map(asked.map(([key, { holder }]) => [key, holder])));
  }

  onHandOver(family: string, callback: (key: string) => void): () => void {
    const listener = (key: string) => void (key.startsWith(`${family}.`) && callback(key));
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  expire(key: string): void {
    this.held.get(key)?.ending.abort();
    this.held.delete(key);
  }
}
