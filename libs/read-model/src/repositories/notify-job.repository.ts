import type { WebhookJob } from '@multitask/task-group';
import { sql, type Kysely, type Selectable } from 'kysely';
import type { Database } from '../tables/database.table';
import type { NotifyJobKind, NotifyJobsTable } from '../tables/notify-job.table';

export interface NotifyJob {
  readonly id: number;
  readonly kind: NotifyJobKind;
  readonly groupId: string;
  readonly generation: number;
  /** Attempts made so far. */
  readonly attempt: number;
  /** When the first attempt was made, by the business clock. */
  readonly startedAt: Date | null;
  /** The key that bought the completed generation. */
  readonly credentialId: string | null;
  readonly counts: Readonly<Record<string, number>> | null;
  readonly completedAt: Date | null;
  /** Scheme and host of the receiver, once somebody has looked. */
  readonly endpoint: string | null;
}

export interface ClaimOptions {
  /** How long nobody else takes the jobs, by the wall clock. */
  readonly seconds: number;
  /** Receivers that have enough to do. */
  readonly skipEndpoints?: readonly string[];
}

export interface Backlog {
  readonly kind: NotifyJobKind;
  readonly due: number;
  readonly oldestDueAt: Date;
}

/**
 * The notifier's jobs. Due times are of the business clock and given by the caller; claims are of the database's own clock.
 * A claim that ends unanswered makes the job anybody's again: whatever a job does must bear being done twice.
 */
export class NotifyJobRepository {
  constructor(private readonly db: Kysely<Database>) {}

  /** Takes up to `limit` due jobs, those waiting longest first. */
  async claim(kinds: readonly NotifyJobKind[], now: Date, limit: number, options: ClaimOptions): Promise<NotifyJob[]> {
    const skipped = options.skipEndpoints ?? [];
    const claimed = await this.db
      .with('due', (db) => {
        let query = db
          .selectFrom('notify.jobs')
          .select('id')
          .where('done_at', 'is', null)
          .where('due_at', '<=', now)
          .where('kind', 'in', kinds)
          .where((job) => job.or([job('claimed_until', 'is', null), job('claimed_until', '<', sql<Date>`now()`)]));
        if (skipped.length > 0)
          query = query.where((job) => job.or([job('endpoint', 'is', null), job('endpoint', 'not in', skipped)]));
        return query.orderBy('due_at').limit(limit).forUpdate().skipLocked();
      })
      .updateTable('notify.jobs')
      .from('due')
      .whereRef('notify.jobs.id', '=', 'due.id')
      .set({ claimed_until: sql<Date>`now() + make_interval(secs => ${options.seconds})` })
      .returningAll('notify.jobs')
      .execute();
    return claimed.map(jobOf);
  }

  /** Gives a job back untouched, so that anybody may take it at once. */
  async release(id: number, endpoint?: string): Promise<void> {
    await this.db
      .updateTable('notify.jobs')
      .set({ claimed_until: null, ...(endpoint !== undefined && { endpoint }) })
      .where('id', '=', id)
      .execute();
  }

  /** Lets the job rest until `dueAt`. */
  async postpone(id: number, dueAt: Date): Promise<void> {
    await this.db.updateTable('notify.jobs').set({ claimed_until: null, due_at: dueAt }).where('id', '=', id).execute();
  }

  /**
   * What the event in the log says, without waiting for the projector, which writes the same: an attempt that is known
   * already changes nothing. `nextTryAt` null ends the job.
   */
  async recordAttempt(
    id: number,
    attempt: number,
    facts: { startedAt: Date; nextTryAt: Date | null; endpoint: string | null },
  ): Promise<void> {
    await this.db
      .updateTable('notify.jobs')
      .set({
        attempt,
        claimed_until: null,
        started_at: sql<Date>`coalesce(started_at, ${facts.startedAt})`,
        ...(facts.endpoint !== null && { endpoint: facts.endpoint }),
        ...(facts.nextTryAt ? { due_at: facts.nextTryAt } : { done_at: sql<Date>`now()` }),
      })
      .where('id', '=', id)
      .where('attempt', '<=', attempt)
      .where('done_at', 'is', null)
      .execute();
  }

  async finish(id: number): Promise<void> {
    await this.db
      .updateTable('notify.jobs')
      .set({ done_at: sql<Date>`now()`, claimed_until: null })
      .where('id', '=', id)
      .execute();
  }

  /** A group's completions that are to be told, newest first; only those before `beforeGeneration` when it is given. */
  async webhooksOf(groupId: string, limit: number, beforeGeneration?: number): Promise<WebhookJob[]> {
    let query = this.db
      .selectFrom('notify.jobs')
      .select(['generation', 'completed_at as completedAt', 'due_at as dueAt', 'done_at as doneAt'])
      .where('group_id', '=', groupId)
      .where('kind', '=', 'webhook');
    if (beforeGeneration !== undefined) query = query.where('generation', '<', beforeGeneration);
    const found = await query.orderBy('generation', 'desc').limit(limit).execute();
    return found.map(({ doneAt, ...job }) => ({ ...job, isDone: doneAt !== null }));
  }

  /** Starts the delivery of a completed generation anew, attempts counted from 1; false when there is none to deliver. */
  async redeliver(groupId: string, generation: number, dueAt: Date): Promise<boolean> {
    const updated = await this.db
      .updateTable('notify.jobs')
      .set({ attempt: 0, done_at: null, started_at: null, due_at: dueAt })
      .where('group_id', '=', groupId)
      .where('generation', '=', generation)
      .where('kind', '=', 'webhook')
      .executeTakeFirst();
    return updated.numUpdatedRows > 0n;
  }

  /** Jobs that are due and not done, by kind. */
  async backlog(now: Date): Promise<Backlog[]> {
    const found = await this.db
      .selectFrom('notify.jobs')
      .select((job) => ['kind', job.fn.countAll<number>().as('due'), job.fn.min('due_at').as('oldestDueAt')])
      .where('done_at', 'is', null)
      .where('due_at', '<=', now)
      .groupBy('kind')
      .execute();
    return found;
  }

  /** Jobs of groups whose tombstone is gone too. */
  async forgetDonePurges(doneBefore: Date): Promise<number> {
    const gone = await this.db
      .deleteFrom('notify.jobs')
      .where('kind', '=', 'purge')
      .where('done_at', '<', doneBefore)
      .executeTakeFirst();
    return Number(gone.numDeletedRows);
  }
}

const jobOf = (row: Selectable<NotifyJobsTable>): NotifyJob => ({
  id: row.id,
  kind: row.kind,
  groupId: row.group_id,
  generation: row.generation,
  attempt: row.attempt,
  startedAt: row.started_at,
  credentialId: row.credential_id,
  counts: row.counts,
  completedAt: row.completed_at,
  endpoint: row.endpoint,
});
