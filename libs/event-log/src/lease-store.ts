/** Liveness, never safety: the log's fence is what refuses a stale holder. */
export interface Lease {
  readonly key: string;
  /** Grows with each change of the key; told in `IngestStarted`. */
  readonly revision: number;
  /** Aborts when the lease could not be renewed in time or was taken. */
  readonly lost: AbortSignal;
  /** Gives the lease back at once, so that another holder need not wait for its end. */
  release(): Promise<void>;
}

export interface LeaseStore {
  /** Undefined when somebody else holds it. A holder that asks again under its own name gets it back at once. */
  acquire(key: string, holder: string): Promise<Lease | undefined>;
  /** Who holds which key now; with a family only the keys that start with `<family>.`, which is much cheaper. */
  holders(family?: string): Promise<ReadonlyMap<string, string>>;
}
