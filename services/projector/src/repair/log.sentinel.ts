import { setTimeout as pause } from 'node:timers/promises';
import { isStreamMissing, type PartitionEnd, type RepairableLog } from '@multitask/event-log';
import type { Logger } from '@multitask/platform';
import { whatHappenedTo, type LogWatchRepository } from '@multitask/read-model';
import type { RepairMetrics } from './repair.metrics';

export interface SentinelParts {
  readonly log: RepairableLog;
  readonly watch: LogWatchRepository;
  /** Repairs the log, unless another replica does. */
  readonly repair: (signal: AbortSignal) => Promise<void>;
  readonly metrics: RepairMetrics;
  readonly logger: Logger;
}

/** What the log loses unseen is at most what came in this time and was not projected either. */
const everyMs = 1_000;
/** Every so many looks all sightings are compared, not just the newest. */
const thorough = 10;

/**
 * Remembers where each partition of the log ends, so that a log that was set back is noticed although nothing was projected
 * lately, and has it repaired. Every replica looks; one repairs.
 */
export class LogSentinel {
  private looks = 0;
  private seen = 0;

  constructor(private readonly parts: SentinelParts) {}

  /** Until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look(signal).catch((error: unknown) => this.onFailure(error));
      await pause(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** The server was away: nothing that was seen vouches for anything else. */
  afterOutage(): void {
    this.looks = 0;
  }

  /** Looks once; when the log was set back, resolves after its repair. */
  async look(signal: AbortSignal): Promise<void> {
    const { log, watch, repair, metrics } = this.parts;
    // Ends before the comparison: what passes it was not exchanged since.
    const { lastSeq } = await log.state();
    const incarnation = await log.incarnation();
    const ends: readonly PartitionEnd[] = lastSeq === this.seen ? [] : await log.partitionEnds();
    const { sightings, openRepair } = await watch.memory();
    const all = this.looks++ % thorough === 0;
    const reason = openRepair?.reason ?? (await whatHappenedTo(log, sightings, { all }));
    if (reason !== undefined) {
      this.seen = 0;
      metrics.noticed();
      return repair(signal);
    }
    metrics.trusted();
    await watch.remember(ends.map((end) => ({ ...end, incarnation })));
    this.seen = lastSeq;
  }

  private async onFailure(error: unknown): Promise<void> {
    const { log, logger } = this.parts;
    if (!isStreamMissing(error)) return logger.warn({ err: error }, 'the log could not be looked after; trying again');
    logger.error('the stream of the log is gone; making a new one');
    await log.ensure().catch((failure: unknown) => logger.warn({ err: failure }, 'the stream could not be made'));
  }
}
