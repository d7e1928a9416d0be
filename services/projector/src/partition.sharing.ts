import { allPartitions } from '@multitask/contracts';
import type { Lease, LeaseStore } from '@multitask/event-log';
import type { Logger } from '@multitask/platform';

const family = 'projector';
const replicaFamily = `${family}.replica`;

/** Work on one partition; ends when the signal aborts. */
export type PartitionWork = (partition: string, signal: AbortSignal) => Promise<void>;

interface Held {
  readonly lease: Lease;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/**
 * Splits the partitions between the replicas that are alive, evenly. It only saves work: that no event is projected twice is
 * the checkpoint's doing.
 */
export class PartitionSharing {
  private readonly held = new Map<string, Held>();
  private presence: Lease | undefined;
  private readonly name: string;

  constructor(
    private readonly leases: LeaseStore,
    instanceName: string,
    private readonly work: PartitionWork,
    private readonly logger: Logger,
  ) {
    this.name = instanceName.replaceAll(/[^\w-]/g, '-');
  }

  get partitions(): readonly string[] {
    return [...this.held.keys()].sort();
  }

  /** Takes what is free up to this replica's share, and gives back what is above it. Called every second or so. */
  async balance(): Promise<void> {
    if (!this.presence || this.presence.lost.aborted)
      this.presence = await this.leases.acquire(`${replicaFamily}.${this.name}`, this.name);
    const holders = await this.leases.holders(family);
    const replicas = [...holders.keys()].filter((key) => key.startsWith(`${replicaFamily}.`)).length;
    const share = Math.ceil(allPartitions.length / Math.max(1, replicas));
    const excess = this.partitions.slice(share);
    await Promise.all(excess.map((partition) => this.give(partition)));
    for (const partition of this.free(holders)) {
      if (this.held.size >= share) return;
      await this.take(partition);
    }
  }

  /** Finishes what is under way and hands everything over. */
  async stop(): Promise<void> {
    await Promise.all([...this.partitions.map((partition) => this.give(partition)), this.presence?.release()]);
  }

  /** Each replica starts elsewhere, so that two of them do not ask for the same one. */
  private free(holders: ReadonlyMap<string, string>): string[] {
    const start = [...this.name].reduce((sum, character) => sum + character.charCodeAt(0), 0) % allPartitions.length;
    return [...allPartitions.slice(start), ...allPartitions.slice(0, start)].filter((partition) => {
      const holder = holders.get(`${family}.${partition}`);
      return !this.held.has(partition) && (holder === undefined || holder === this.name);
    });
  }

  private async take(partition: string): Promise<void> {
    const lease = await this.leases.acquire(`${family}.${partition}`, this.name);
    if (!lease) return;
    const stop = new AbortController();
    const done = this.work(partition, AbortSignal.any([stop.signal, lease.lost])).then(() => {
      if (this.held.get(partition)?.lease === lease) this.held.delete(partition);
    });
    this.held.set(partition, { lease, stop, done });
    this.logger.debug({ partition }, 'projecting a partition');
  }

  private async give(partition: string): Promise<void> {
    const held = this.held.get(partition);
    if (!held) return;
    held.stop.abort();
    await held.done;
    await held.lease.release();
    this.held.delete(partition);
    this.logger.debug({ partition }, 'gave a partition back');
  }
}
