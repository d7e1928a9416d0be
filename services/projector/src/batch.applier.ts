import { fingerprintOf, seqOf, type LogEntry } from '@multitask/event-log';
import { isDataFault, type Checkpoint, type PartitionProjection, type PoisonEvent } from '@multitask/read-model';
import { poisonOf, projectionBatch } from './projection.batch';

/** Writes batches of one partition, wherever they come from, and parks what the database cannot take. */
export class BatchApplier {
  constructor(
    private readonly partition: string,
    private readonly projection: Pick<PartitionProjection, 'apply'>,
    private readonly onParked: (poison: PoisonEvent) => void,
  ) {}

  /** A batch that the database cannot take is applied event by event, so that only the one at fault is parked. */
  async apply(checkpoint: Checkpoint, entries: readonly LogEntry[]): Promise<Checkpoint> {
    try {
      return await this.write(checkpoint, entries);
    } catch (error) {
      if (!isDataFault(error)) throw error;
      if (entries.length === 1) return this.park(checkpoint, entries[0]!, error);
      let reached = checkpoint;
      for (const entry of entries) reached = await this.apply(reached, [entry]);
      return reached;
    }
  }

  /** Moves the checkpoint over messages that are not there any more. */
  async pass(checkpoint: Checkpoint, until: Pick<Checkpoint, 'seq' | 'fingerprint'>): Promise<Checkpoint> {
    await this.projection.apply(this.partition, checkpoint, { events: [], poison: [], until });
    return { ...checkpoint, ...until };
  }

  private async write(checkpoint: Checkpoint, entries: readonly LogEntry[]): Promise<Checkpoint> {
    const batch = projectionBatch(entries);
    await this.projection.apply(this.partition, checkpoint, batch);
    for (const poison of batch.poison) this.onParked(poison);
    return { ...checkpoint, ...batch.until };
  }

  private async park(checkpoint: Checkpoint, entry: LogEntry, error: unknown): Promise<Checkpoint> {
    const poison = poisonOf(entry, error);
    const until = { seq: seqOf(entry), fingerprint: fingerprintOf(entry) };
    await this.projection.apply(this.partition, checkpoint, { events: [], poison: [poison], until });
    this.onParked(poison);
    return { ...checkpoint, ...until };
  }
}
