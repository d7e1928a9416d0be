import { setTimeout as pause } from 'node:timers/promises';
import { allPartitions, partitionFilter } from '@multitask/contracts';
import { seqOf, type LogEntry, type RepairableLog } from '@multitask/event-log';
import {
  CheckpointRepository,
  PartitionProjection,
  shadowOf,
  type Checkpoint,
  type PoisonEvent,
  type ReadModelDatabase,
} from '@multitask/read-model';
import { BatchApplier } from '../batch.applier';

export interface FillerParts {
  readonly log: RepairableLog;
  readonly db: ReadModelDatabase;
  readonly incarnation: string;
  /** Events of one transaction. */
  readonly batchSize: number;
  /** Rests after each batch for as long as it took, so that half of its share of the machine is left to others. */
  readonly rests?: boolean;
  /** Partitions filled at the same time. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
  readonly onParked: (poison: PoisonEvent) => void;
  readonly onProgress: (events: number) => void;
}

/** Where a partition is to be filled to. */
export type Target = Pick<Checkpoint, 'partition' | 'seq' | 'fingerprint'>;

const batchBytes = 8 * 1024 * 1024;

/** Fills the shadow from the log, partition by partition, each to a position of its own and never beyond. */
export class ShadowFiller {
  private resting = false;
  private readonly checkpoints: CheckpointRepository;
  private readonly projection: PartitionProjection;

  constructor(private readonly parts: FillerParts) {
    const shadow = shadowOf(parts.db);
    this.checkpoints = new CheckpointRepository(shadow);
    this.projection = new PartitionProjection(shadow);
  }

  /** Goes on from where an earlier call came to. Answers how many events it applied. */
  async fill(targets: readonly Target[], { hurry = false, atOnce = this.parts.atOnce } = {}): Promise<number> {
    this.resting = this.parts.rests === true && !hurry;
    let sum = 0;
    const known = new Map((await this.checkpoints.all()).map((checkpoint) => [checkpoint.partition, checkpoint]));
    const queue = targets.filter(({ partition, seq }) => (known.get(partition)?.seq ?? -1) < seq);
    const work = async () => {
      for (let target = queue.shift(); target; target = queue.shift()) sum += await this.fillPartition(target);
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, queue.length) }, work));
    return sum;
  }

  private async fillPartition(target: Target): Promise<number> {
    const { partition } = target;
    const { incarnation, log, signal, onParked, onProgress } = this.parts;
    const applier = new BatchApplier(partition, this.projection, onParked);
    let reached = await this.checkpoints.open(partition, incarnation);
    let sum = 0;
    for await (const batch of this.batches(log.read(partitionFilter(partition), reached.seq + 1), target.seq)) {
      signal.throwIfAborted();
      const startedAt = performance.now();
      reached = await applier.apply(reached, batch);
      if (this.resting) await pause(performance.now() - startedAt);
      sum += batch.length;
      onProgress(batch.length);
    }
    if (reached.seq < target.seq) await applier.pass(reached, target);
    return sum;
  }

  private async *batches(entries: AsyncIterable<LogEntry>, until: number): AsyncGenerator<LogEntry[]> {
    let open: LogEntry[] = [];
    let bytes = 0;
    for await (const entry of entries) {
      if (seqOf(entry) > until) break;
      open.push(entry);
      bytes += entry.bytes ?? 0;
      if (open.length < this.parts.batchSize && bytes < batchBytes) continue;
      yield open;
      open = [];
      bytes = 0;
    }
    if (open.length > 0) yield open;
  }
}

/** Every partition, those that were never projected at the very start. */
export const everyPartition = (known: readonly Target[]): Target[] =>
  allPartitions.map(
    (partition) => known.find((target) => target.partition === partition) ?? { partition, seq: 0, fingerprint: null },
  );
