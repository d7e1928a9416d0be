import { sql, type Kysely } from 'kysely';
import { shadows } from '../rebuild/shadow.schema';
import type { Database } from '../tables/database.table';

export interface KeptGroup {
  readonly groupId: string;
  readonly seq: number;
  /** Whether something is left to be bought or followed. */
  readonly isOpen: boolean;
}

/** What a repair of the log asks the tables. */
export class RepairRepository {
  constructor(private readonly db: Kysely<Database>) {}

  /** Groups of `read` in the order of their ids, behind `after`. */
  async groups(after: string, limit: number): Promise<KeptGroup[]> {
    const found = await this.db
      .selectFrom('read.groups')
      .select([
        'id as groupId',
        'seq',
        sql<boolean>`completed_generation < generation and expired_at is null`.as('isOpen'),
      ])
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .execute();
    return found;
  }

  /** Open groups that the log has and `read` never had, once the shadow is filled. */
  async newOpenGroups(): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      select id from ${sql.table(`${shadows.read}.groups`)} n
      where completed_generation < generation and expired_at is null
        and not exists (select from read.groups o where o.id = n.id)`.execute(this.db);
    return rows.map(({ id }) => id);
  }

  /** Groups that a client was told of and that neither `read` nor, once the shadow is filled, the log has. */
  async groupsPromised(): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      select distinct steps ->> 'taskgroup_id' as id from idempotency.requests r
      where state = 'done' and steps ->> 'taskgroup_id' is not null
        and not exists (select from read.groups g where g.id = r.steps ->> 'taskgroup_id')
        and not exists (select from ${sql.table(`${shadows.read}.groups`)} g where g.id = r.steps ->> 'taskgroup_id')
      order by 1`.execute(this.db);
    return rows.map(({ id }) => id);
  }

  /** How far each partition was seen and how far it was projected. */
  async reach(): Promise<{ partition: string; seen: number; fingerprint: string; projected: number }[]> {
    const { rows } = await sql<{ partition: string; seen: number; fingerprint: string; projected: number }>`
      select w.partition, w.seq as seen, w.fingerprint, coalesce(c.seq, 0) as projected
      from log.witness w left join read.checkpoint c using (partition)
      order by w.partition`.execute(this.db);
    return rows;
  }
}
