/** Liveness, never safety: the log's fence is what refuses a stale holder. */
export interface Lease {
  readonly key: string;
  /** Grows with each change of the key; told in `IngestStarted`. */
  readonly revision: number;
  /** Aborts when the lease could not be renewed in time or was taken. */
  readonly lost: AbortSignal;
  /** Gives the lease back at once, so that another holder need not wait for its end. */
  release(options?: ReleaseOptions): Promise<void>;
}

export interface ReleaseOptions {
  /** There is work left under this key: others are told, so that they need not look for it. */
  readonly handOver?: boolean;
}

export interface LeaseStore {
  /** Undefined when somebody else holds it. A holder that asks again under its own name gets it back at once. */
  acquire(key: string, holder: string): Promise<Lease | undefined>;
  /** Who holds which key now; with a family only the keys that start with `<family>.`, which is much cheaper. */
  holders(family?: string): Promise<ReadonlyMap<string, string>>;
  /**
   * Calls back with each key `<family>.…` that any holder hands over, this store's own holders too. A hint that may be lost, as
   * when a holder dies. Answers how to stop.
   */
  onHandOver(family: string, callback: (key: string) => void): () => void;
}
