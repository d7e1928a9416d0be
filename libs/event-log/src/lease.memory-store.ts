import type { Lease, LeaseStore } from './lease-store';

/** Leases without a server, for unit tests. They do not expire by time; `expire` takes one away as if they had. */
export class InMemoryLeaseStore implements LeaseStore {
  private readonly held = new Map<string, { holder: string; ending: AbortController }>();
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
      release: () => {
        if (this.held.get(key) === mine) this.expire(key);
        return Promise.resolve();
      },
    });
  }

  holders(family?: string): Promise<ReadonlyMap<string, string>> {
    const asked = [...this.held].filter(([key]) => family === undefined || key.startsWith(`${family}.`));
    return Promise.resolve(new Map(asked.map(([key, { holder }]) => [key, holder])));
  }

  expire(key: string): void {
    this.held.get(key)?.ending.abort();
    this.held.delete(key);
  }
}
