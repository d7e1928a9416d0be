import type { RepairableLog } from '@multitask/event-log';
import type { Logger } from '@multitask/platform';
import {
  forgetReplaced,
  LogWatchRepository,
  makeShadow,
  NotifyJobRepository,
  PostgresGroupReader,
  RepairRepository,
  swapShadow,
  whatHappenedTo,
  withRebuildLock,
  type KeptGroup,
  type OpenRepair,
  type ReadModelDatabase,
} from '@multitask/read-model';
import { setTimeout as pause } from 'node:timers/promises';
import { everyPartition, ShadowFiller } from '../rebuild/shadow.filler';
import { GroupRestorer } from './group.restorer';
import type { RepairMetrics } from './repair.metrics';

export interface RepairParts {
  readonly log: RepairableLog;
  readonly db: ReadModelDatabase;
  readonly metrics: RepairMetrics;
  readonly logger: Logger;
  readonly batchSize: number;
}

/** What a repair did, and what it could not do: kept in `log.repairs`. */
export interface RepairReport {
  restoredGroups: number;
  restoredFacts: number;
  /** Open groups that read their list of runs before they buy again. */
  distrusted: number;
  /** Groups whose id was handed out and of which nothing is left. */
  lostGroups: string[];
  /** Messages that stood in the log and were not projected: nobody knows what they said. */
  lostMessages: { partition: string; behind: number; until: number }[];
  /** Of groups that are there again, what could not be told again. */
  losses: Record<string, readonly string[]>;
}

const groupsPerPage = 500;
const groupsAtOnce = 4;
const partitionsAtOnce = 4;
const swapPauseMs = 200;

/**
 * Brings a log that was set back, or made anew, to what `read` still holds, and then `read` to that log (docs/adr/0010). Every
 * step may be interrupted and is then done again: each is decided on what the log holds by then.
 */
export class LogRepair {
  private readonly watch: LogWatchRepository;
  private readonly tables: RepairRepository;
  private readonly restorer: GroupRestorer;
  private readonly underWay = new Set<Promise<void>>();

  constructor(private readonly parts: RepairParts) {
    const { db, log } = parts;
    this.watch = new LogWatchRepository(db);
    this.tables = new RepairRepository(db);
    this.restorer = new GroupRestorer(log, new PostgresGroupReader(db), new NotifyJobRepository(db));
  }

  /** Repairs the log unless another replica does. */
  async run(signal: AbortSignal): Promise<void> {
    const { db, log, metrics, logger } = this.parts;
    await withRebuildLock(db, async () => {
      const { openRepair, sightings } = await this.watch.memory();
      const reason = openRepair?.reason ?? (await whatHappenedTo(log, sightings, { all: true }));
      if (reason === undefined) return;
      const repair = await this.watch.beginRepair(reason);
      logger.error(
        { reason, noticedAt: repair.noticedAt },
        'THE LOG WAS SET BACK: nothing is bought until it is repaired',
      );
      const startedAt = performance.now();
      const report = await this.repair(repair, signal);
      const seconds = (performance.now() - startedAt) / 1_000;
      metrics.repaired(report, seconds);
      const isLoss = report.lostGroups.length + report.lostMessages.length + Object.keys(report.losses).length > 0;
      if (isLoss) logger.error({ ...report, seconds }, 'the log is repaired; WHAT IS NAMED HERE IS LOST');
      else logger.warn({ ...report, seconds }, 'the log is repaired; nothing is lost');
      await forgetReplaced(db);
    });
  }

  private async repair(repair: OpenRepair, signal: AbortSignal): Promise<RepairReport> {
    const { db, log } = this.parts;
    const report: RepairReport = {
      restoredGroups: 0,
      restoredFacts: 0,
      distrusted: 0,
      lostGroups: [],
      lostMessages: await this.lostMessages(),
      losses: {},
    };
    const intactUntil = await this.intactUntil();
    const incarnation = await log.renewIncarnation();
    for await (const group of this.keptGroups()) {
      signal.throwIfAborted();
      await this.restore(group, intactUntil, report);
    }
    await Promise.all(this.underWay);

    await makeShadow(db);
    const filler = this.filler(incarnation, signal);
    await filler.fill(everyPartition(await log.partitionEnds()));
    for (const groupId of await this.tables.newOpenGroups())
      if (await this.restorer.distrust(groupId)) report.distrusted++;
    report.lostGroups = await this.tables.groupsPromised();

    for (;;) {
      signal.throwIfAborted();
      const ends = await log.partitionEnds();
      const sightings = ends.map((end) => ({ ...end, incarnation }));
      const catchUp = async () => void (await filler.fill(everyPartition(ends)));
      await catchUp();
      const atSwap = (trx: ReadModelDatabase) => new LogWatchRepository(trx).endRepair(repair.id, sightings, report);
      if (await swapShadow(db, { catchUp, atSwap })) return report;
      await pause(swapPauseMs);
    }
  }

  /** Some groups at the same time; what fails ends the repair, which then begins again. */
  private async restore(group: KeptGroup, intactUntil: number, report: RepairReport): Promise<void> {
    // What ended before the part that is lost has lost nothing.
    if (!group.isOpen && group.seq <= intactUntil) return;
    const work = this.restoreOne(group, report);
    const done = work.finally(() => this.underWay.delete(done));
    done.catch(() => undefined);
    this.underWay.add(done);
    if (this.underWay.size >= groupsAtOnce) await Promise.race(this.underWay);
  }

  private async restoreOne({ groupId }: KeptGroup, report: RepairReport): Promise<void> {
    const { facts, losses } = await this.restorer.restore(groupId);
    if (facts > 0) report.restoredGroups++;
    report.restoredFacts += facts;
    if (losses.length > 0) report.losses[groupId] = losses.slice(0, 20);
    if (await this.restorer.distrust(groupId)) report.distrusted++;
  }

  private async *keptGroups(): AsyncGenerator<KeptGroup> {
    for (let after = ''; ;) {
      const page = await this.tables.groups(after, groupsPerPage);
      yield* page;
      if (page.length < groupsPerPage) return;
      after = page.at(-1)!.groupId;
    }
  }

  /** Up to here the log is what it was: all places that were seen below hold the same messages. */
  private async intactUntil(): Promise<number> {
    const { log } = this.parts;
    const { sightings } = await this.watch.memory();
    const incarnation = await log.incarnation();
    let intact = 0;
    for (const { seq, fingerprint, incarnation: seenIn } of sightings.toReversed()) {
      if (seenIn !== incarnation || (await log.fingerprint(seq)) !== fingerprint) return intact;
      intact = seq;
    }
    return intact;
  }

  private async lostMessages(): Promise<RepairReport['lostMessages']> {
    const lost: RepairReport['lostMessages'] = [];
    for (const { partition, seen, fingerprint, projected } of await this.tables.reach())
      if (seen > projected && (await this.parts.log.fingerprint(seen)) !== fingerprint)
        lost.push({ partition, behind: projected, until: seen });
    return lost;
  }

  private filler(incarnation: string, signal: AbortSignal): ShadowFiller {
    const { log, db, batchSize } = this.parts;
    return new ShadowFiller({
      ...{ log, db, incarnation, batchSize, signal, atOnce: partitionsAtOnce },
      onParked: ({ groupId, seq, reason }) =>
        this.parts.logger.error({ groupId, seq, reason }, 'an event could not be projected and was parked'),
      onProgress: () => undefined,
    });
  }
}
