import type { EventLog } from '@multitask/event-log';
import type { Logger } from '@multitask/platform';
import type {
  GroupReader,
  GroupRepository,
  LeftoverRepository,
  NotifyJobRepository,
  StaleBatch,
} from '@multitask/read-model';
import type { Vault } from '@multitask/vault';
import type { NotifierMetrics } from '../notifier.metrics';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** How long rows may wait for the command that commits them, and secrets for the group they belong to. */
const uncommittedMs = hourMs;
const unboundMs = dayMs;
/** The URL of an expired group answers 410 for this long. */
const tombstoneMs = 365 * dayMs;
const donePurgeMs = 7 * dayMs;

/**
 * What is younger than this by the wall clock is left alone, whatever the business clock says: a create that is under way must
 * not lose its rows because a test moved the time.
 */
const youngestMs = 60_000;

const batchesPerRound = 100;

export interface SweepParts {
  readonly log: EventLog;
  readonly groups: Pick<GroupReader, 'header'>;
  readonly repository: GroupRepository;
  readonly leftovers: LeftoverRepository;
  readonly jobs: NotifyJobRepository;
  readonly vault: Vault;
  readonly metrics: NotifierMetrics;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Forgets what nobody came back for: rows no command committed, secrets of no group, tombstones of a year ago, budgets of idle keys. */
export class LeftoverSweep {
  constructor(private readonly parts: SweepParts) {}

  /** One round. Each part stands alone: what fails is tried in the next round. */
  async sweep(): Promise<void> {
    await this.part('uncommitted_rows', () => this.sweepUncommitted());
    await this.part('unbound_secrets', () => this.sweepUnbound());
    await this.part('tombstones', () => this.parts.repository.forgetTombstones(this.ago(tombstoneMs)));
    await this.part('purge_jobs', () => this.parts.jobs.forgetDonePurges(this.ago(donePurgeMs)));
    await this.part('idle_budgets', () => this.parts.leftovers.forgetIdleBudgets());
    await this.part('rewrapped_keys', () => this.parts.vault.rewrap());
  }

  private async part(kind: string, work: () => Promise<number>): Promise<void> {
    const { metrics, logger } = this.parts;
    try {
      const count = await work();
      if (count > 0) logger.info({ kind, count }, 'swept');
      metrics.swept.inc({ kind }, count);
    } catch (error) {
      metrics.failures.inc({ work: 'sweep' });
      logger.warn({ err: error, kind }, 'a sweep failed; trying again later');
    }
  }

  private async sweepUncommitted(): Promise<number> {
    const stale = await this.parts.repository.staleStagedBatches(this.agoButNotYoung(uncommittedMs), batchesPerRound);
    for (const batch of stale) await this.forgetBatch(batch);
    return stale.length;
  }

  /**
   * Of a group that was never created, everything up to the batch goes. In the log of a group that exists, the chunks stay
   * until the group ends: a purge cannot leave out what stands before them. They count for nothing there.
   */
  private async forgetBatch({ groupId, batchId, lastSeq }: StaleBatch): Promise<void> {
    const { log, repository } = this.parts;
    if (!(await this.exists(groupId))) await log.purgeGroup(groupId, lastSeq + 1);
    await repository.forgetStagedBatch(groupId, batchId);
  }

  /** The tables may lag behind, so the log has the last word. */
  private async exists(groupId: string): Promise<boolean> {
    if (await this.parts.groups.header(groupId)) return true;
    for await (const entry of this.parts.log.readGroup(groupId))
      if (entry.kind === 'event' && (entry.event.name === 'GroupCreated' || entry.event.name === 'GroupExpired'))
        return true;
    return false;
  }

  private sweepUnbound(): Promise<number> {
    const { vault, leftovers } = this.parts;
    return vault.sweepUnbound(this.agoButNotYoung(unboundMs), (ids) => leftovers.secretsOfOpenRequests(ids));
  }

  private ago(ms: number): Date {
    return new Date(this.parts.now().getTime() - ms);
  }

  private agoButNotYoung(ms: number): Date {
    return new Date(Math.min(this.ago(ms).getTime(), Date.now() - youngestMs));
  }
}
