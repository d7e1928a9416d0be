import { setTimeout as pause } from 'node:timers/promises';
import type { RepairableLog } from '@multitask/event-log';
import type { Logger } from '@multitask/platform';
import {
  CheckpointRepository,
  compareReplaced,
  forgetReplaced,
  LogWatchRepository,
  makeShadow,
  swapShadow,
  whatHappenedTo,
  withRebuildLock,
  type Checkpoint,
  type Comparison,
  type ReadModelDatabase,
} from '@multitask/read-model';
import { everyPartition, ShadowFiller } from './shadow.filler';

export interface RebuildParts {
  readonly log: RepairableLog;
  readonly db: ReadModelDatabase;
  readonly logger: Logger;
  readonly batchSize: number;
  readonly atOnce: number;
  readonly signal: AbortSignal;
  /** Told how many events were applied so far. */
  readonly onProgress: (events: number) => void;
}

export interface RebuildReport {
  readonly events: number;
  readonly fillMs: number;
  /** How long the checkpoints stood still for the swap. */
  readonly heldMs: number;
  /** What `read` was before, compared with what the log says. */
  readonly comparison: Comparison;
}

/** The read model cannot be rebuilt now; the message says why. */
export class RebuildRefusedError extends Error {
  override readonly name = 'RebuildRefusedError';
}

/** While more events than this are missing the live projector is left alone: this many are caught up within its patience. */
const fewEvents = 500;
const fewRounds = 20;
const swapPauseMs = 300;
/** While everybody waits, as many connections as there are. */
const lastOnesAtOnce = 5;
const swapTries = 200;

/** Fills `read_next` from the log beside the live read model and swaps the two, while everybody goes on reading and writing. */
export class ReadModelRebuild {
  private readonly watch: LogWatchRepository;
  private events = 0;

  constructor(private readonly parts: RebuildParts) {
    this.watch = new LogWatchRepository(parts.db);
  }

  /** Rejects with {@link RebuildRefusedError} while another one runs, or while the log is not the one that was projected. */
  async run(): Promise<RebuildReport> {
    let report: RebuildReport | undefined;
    const done = await withRebuildLock(this.parts.db, async () => {
      report = await this.rebuild();
    });
    if (!done) throw new RebuildRefusedError('Another rebuild, a repair of the log or a migration is under way.');
    return report!;
  }

  private async rebuild(): Promise<RebuildReport> {
    const { log, db } = this.parts;
    await this.requireTrust();
    const startedAt = performance.now();
    await makeShadow(db);
    const incarnation = await log.incarnation();
    const onProgress = (events: number) => this.parts.onProgress((this.events += events));
    const onParked = () => undefined;
    const filler = new ShadowFiller({ ...this.parts, rests: true, incarnation, onProgress, onParked });
    const fill = async (hurry?: { hurry: true; atOnce: number }) =>
      filler.fill(everyPartition(await checkpoints(db)), hurry);
    for (let round = 0; round < fewRounds && (await fill()) > fewEvents; round++);
    const fillMs = performance.now() - startedAt;
    const heldMs = await this.swap(fill);
    const comparison = await compareReplaced(db);
    await forgetReplaced(db);
    return { events: this.events, fillMs, heldMs, comparison };
  }

  private async swap(fill: (hurry?: { hurry: true; atOnce: number }) => Promise<number>): Promise<number> {
    for (let attempt = 1; attempt <= swapTries; attempt++) {
      await fill();
      let heldAt = 0;
      const catchUp = async () => {
        heldAt = performance.now();
        await fill({ hurry: true, atOnce: lastOnesAtOnce });
        await this.requireTrust();
      };
      if (await swapShadow(this.parts.db, { catchUp })) return performance.now() - heldAt;
      await pause(swapPauseMs);
    }
    throw new RebuildRefusedError(
      'The tables were in use for so long that they could not be swapped. Try again later.',
    );
  }

  /** A log that was set back is repaired first: what only `read` still holds would be lost with it. */
  private async requireTrust(): Promise<void> {
    const { openRepair, sightings } = await this.watch.memory();
    const reason = openRepair?.reason ?? (await whatHappenedTo(this.parts.log, sightings, { all: true }));
    if (reason !== undefined) throw new RebuildRefusedError(`The log has to be repaired first: ${reason}.`);
  }
}

const checkpoints = async (db: ReadModelDatabase): Promise<Checkpoint[]> => new CheckpointRepository(db).all();
