import type { Lease, ReleaseOptions } from './lease-store';
import { isMarker, readValue, type LeaseTerms, type LeaseValue } from './lease.value';
import type { StoredMessage } from './message.decoder';

/** What a lease needs of the bucket. */
interface LeaseKey {
  /** The new revision, or undefined when the key has another one than expected. */
  write(value: LeaseValue, expected: number): Promise<number | undefined>;
  read(): Promise<StoredMessage | undefined>;
  remove(expected: number): Promise<void>;
  forget(lease: KvLease): void;
  tellHandOver(): void;
}

/** Given up this long before the server forgets it, so that nobody holds it twice by the width of a message. */
const marginMs = 500;

export class KvLease implements Lease {
  private readonly ending = new AbortController();
  private renewing: Promise<void> | undefined;
  private nextRenewal: number;

  constructor(
    readonly key: string,
    private readonly value: LeaseValue,
    private current: number,
    /** When the last write that succeeded was sent: the server's clock for this key started later. */
    private since: number,
    private readonly terms: LeaseTerms,
    private readonly store: LeaseKey,
  ) {
    this.nextRenewal = since + terms.renewMs;
  }

  get revision(): number {
    return this.current;
  }

  get lost(): AbortSignal {
    return this.ending.signal;
  }

  tick(now = Date.now()): void {
    if (this.ending.signal.aborted) return;
    if (now >= this.since + this.terms.ttlMs - marginMs) return this.lose();
    if (now >= this.nextRenewal && !this.renewing)
      this.renewing = this.renew().finally(() => (this.renewing = undefined));
  }

  lose(): void {
    this.store.forget(this);
    this.ending.abort();
  }

  async release({ handOver = false }: ReleaseOptions = {}): Promise<void> {
    if (this.ending.signal.aborted) return;
    this.lose();
    await this.renewing;
    try {
      await this.store.remove(this.current);
      if (handOver) this.store.tellHandOver();
    } catch {
      // Whoever cannot be told waits for the end of the lease.
    }
  }

  private async renew(): Promise<void> {
    const startedAt = Date.now();
    this.nextRenewal = startedAt + this.terms.renewMs;
    try {
      const revision = (await this.store.write(this.value, this.current)) ?? (await this.adoptOwnWrite());
      if (revision === undefined) return this.lose();
      this.current = revision;
      this.since = startedAt;
    } catch {
      // Unclear: tried again soon, and given up only when the time is over.
      this.nextRenewal = startedAt + this.terms.renewMs / 5;
    }
  }

  /**
   * A renewal whose answer was lost moved the revision on; that is no loss. Nor is a bucket that the server forgot, as long as
   * nobody else was faster.
   */
  private async adoptOwnWrite(): Promise<number | undefined> {
    const message = await this.store.read();
    if (!message) return this.store.write(this.value, 0);
    if (isMarker(message) || readValue(message)?.token !== this.value.token) return undefined;
    return this.store.write(this.value, message.seq);
  }
}
