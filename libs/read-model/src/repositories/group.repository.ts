import type { GroupHeader } from '@multitask/task-group';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../tables/database.table';
import { wholeHeader } from './view.mapping';

export interface OpenGroup {
  readonly groupId: string;
  readonly partition: string;
  readonly createdAt: Date;
  readonly rowCount: number;
}

export interface StaleBatch {
  readonly groupId: string;
  readonly batchId: string;
  readonly lastSeq: number;
}

/** Where a listing goes on: after this group. */
export interface GroupCursor {
  readonly createdAt: Date;
  readonly groupId: string;
}

export class GroupRepository {
  constructor(private readonly db: Kysely<Database>) {}

  /** Groups whose newest generation is not complete, oldest first; after one, those that are no older. */
  async openGroups(limit: number, after?: GroupCursor): Promise<OpenGroup[]> {
    let query = this.db
      .selectFrom('read.groups')
      .select(['id', 'partition', 'created_at', 'row_count'])
      .whereRef('completed_generation', '<', 'generation')
      .where('expired_at', 'is', null);
    if (after) query = query.where(sql<boolean>`(created_at, id) > (${after.createdAt}, ${after.groupId})`);
    const found = await query.orderBy('created_at').orderBy('id').limit(limit).execute();
    return found.map((row) => ({
      groupId: row.id,
      partition: row.partition,
      createdAt: row.created_at,
      rowCount: row.row_count,
    }));
  }

  /** An owner's groups, newest first; expired ones are not listed. */
  async groupsByOwner(fingerprint: string, limit: number, after?: GroupCursor): Promise<GroupHeader[]> {
    let query = this.db
      .selectFrom('read.groups')
      .select(['header', 'facts'])
      .where('owner_fingerprint', '=', fingerprint)
      .where('expired_at', 'is', null);
    if (after) query = query.where(sql<boolean>`(created_at, id) < (${after.createdAt}, ${after.groupId})`);
    const found = await query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
    return found.map(wholeHeader);
  }

  /** Groups whose time to live or longest lifetime has ended. */
  async groupsToExpire(now: Date, limit: number): Promise<{ groupId: string; reason: 'ttl' | 'lifetime' }[]> {
    const found = await this.db
      .selectFrom('read.groups')
      .select(['id', 'expires_at'])
      .where('expired_at', 'is', null)
      .where((where) => where.or([where('expires_at', '<=', now), where('lifetime_ends_at', '<=', now)]))
      .limit(limit)
      .execute();
    return found.map((row) => ({
      groupId: row.id,
      reason: row.expires_at && row.expires_at <= now ? 'ttl' : 'lifetime',
    }));
  }

  /** Batches of rows that were never committed by a command. */
  async staleStagedBatches(acceptedBefore: Date, limit: number): Promise<StaleBatch[]> {
    return this.db
      .selectFrom('read.staged_rows')
      .select(['group_id as groupId', 'batch_id as batchId', (fn) => fn.fn.max<number>('seq').as('lastSeq')])
      .groupBy(['group_id', 'batch_id'])
      .having((fn) => fn.fn.max('accepted_at'), '<', acceptedBefore)
      .limit(limit)
      .execute();
  }

  async forgetStagedBatch(groupId: string, batchId: string): Promise<void> {
    await this.db
      .deleteFrom('read.staged_rows')
      .where('group_id', '=', groupId)
      .where('batch_id', '=', batchId)
      .execute();
  }

  /** The URL of an expired group answers 410 for a year; then nothing is left of it. */
  async forgetTombstones(expiredBefore: Date): Promise<number> {
    const gone = await this.db.deleteFrom('read.groups').where('expired_at', '<', expiredBefore).executeTakeFirst();
    return Number(gone.numDeletedRows);
  }
}
