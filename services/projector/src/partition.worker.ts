import { setTimeout as pause } from 'node:timers/promises';
import { partitionFilter } from '@multitask/contracts';
import type { EventLog } from '@multitask/event-log';
import type { Logger } from '@multitask/platform';
import {
  CheckpointMovedError,
  type Checkpoint,
  type CheckpointRepository,
  type PartitionProjection,
  type PoisonEvent,
} from '@multitask/read-model';
import { BatchApplier } from './batch.applier';
import { BatchIntake } from './batch.intake';
import { LogWentBackError, verifyLog } from './log.guard';
import type { ProjectorMetrics } from './projector.metrics';

export interface WorkerParts {
  readonly log: EventLog;
  readonly checkpoints: Pick<CheckpointRepository, 'open'>;
  readonly projection: Pick<PartitionProjection, 'apply'>;
  readonly metrics: ProjectorMetrics;
  readonly logger: Logger;
  /** Events of one transaction. */
  readonly batchSize: number;
}

const batchBytes = 8 * 1024 * 1024;
const shortestPauseMs = 100;
const longestPauseMs = 5_000;
/** How often a partition whose log went back is looked at again. */
const refusedPauseMs = 1_000;
/** Restoring a copy and starting the server takes longer: no fact of a rewound log is applied unseen. */
const verifyEveryMs = 200;

/** Projects one partition for as long as it is held. */
export class PartitionWorker {
  private pauseMs = shortestPauseMs;
  private refusal: string | undefined;
  private verifiedAt = 0;

  private readonly applier: BatchApplier;

  constructor(
    readonly partition: string,
    private readonly parts: WorkerParts,
  ) {
    this.applier = new BatchApplier(partition, parts.projection, (poison) => this.reportParked(poison));
  }

  /** Why this partition stands still although everything is reachable. */
  get refused(): string | undefined {
    return this.refusal;
  }

  /** Resolves when the signal aborts, after the batch under way. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.parts.metrics.hold(this.partition);
    while (!signal.aborted) {
      try {
        await this.follow(signal);
      } catch (error) {
        await this.recover(error, signal);
      }
    }
    this.parts.metrics.forget(this.partition);
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const { log, checkpoints, batchSize } = this.parts;
    let checkpoint = await checkpoints.open(this.partition, await log.incarnation());
    await this.verify(checkpoint);
    const ending = new AbortController();
    const tail = log.tail(
      partitionFilter(this.partition),
      checkpoint.seq + 1,
      AbortSignal.any([signal, ending.signal]),
    );
    const intake = new BatchIntake(tail, { entries: batchSize, bytes: batchBytes });
    try {
      for (;;) {
        const entries = await intake.next();
        if (!entries || signal.aborted) return;
        this.parts.metrics.behind(this.partition, entries);
        if (Date.now() - this.verifiedAt > verifyEveryMs) await this.verify(checkpoint);
        checkpoint = await this.applier.apply(checkpoint, entries);
        this.parts.metrics.applied(this.partition, entries);
        this.pauseMs = shortestPauseMs;
      }
    } finally {
      ending.abort();
      intake.close();
    }
  }

  private async verify(checkpoint: Checkpoint): Promise<void> {
    await verifyLog(this.parts.log, checkpoint);
    this.verifiedAt = Date.now();
    this.refusal = undefined;
  }

  private reportParked({ groupId, seq, reason }: PoisonEvent): void {
    const { partition } = this;
    this.parts.logger.error({ partition, groupId, seq, reason }, 'an event could not be projected and was parked');
    this.parts.metrics.parked(partition);
  }

  private async recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { logger, metrics } = this.parts;
    const { partition } = this;
    if (error instanceof CheckpointMovedError) {
      metrics.collided(partition);
      logger.info({ partition }, 'another projector was faster; reading again from where it is');
    } else if (error instanceof LogWentBackError) {
      if (this.refusal === undefined) logger.error({ partition }, `projecting stops: ${error.message}`);
      this.refusal = error.message;
      await sleep(refusedPauseMs, signal);
      return;
    } else {
      logger.warn({ partition, err: error }, 'projecting failed; trying again');
    }
    await sleep(this.pauseMs, signal);
    this.pauseMs = Math.min(this.pauseMs * 2, longestPauseMs);
  }
}

/** Ends early, without an error, when the signal aborts. */
const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  pause(ms, undefined, { signal }).catch(() => undefined);
