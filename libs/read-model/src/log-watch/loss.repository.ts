import { sql, type Kysely } from 'kysely';
import type { Database } from '../tables/database.table';

/** What a repair of the log could not tell again of one group. */
export interface KnownLoss {
  readonly noticedAt: Date;
  /** Nothing is left of the group but its id. */
  readonly isWhole: boolean;
  /** In sentences; rows count from 0. The repair writes down the first 20. */
  readonly losses: readonly string[];
}

/** What was lost for good when the log was set back, as the reports of its repairs name it. */
export class LossRepository {
  constructor(private readonly db: Kysely<Database>) {}

  /** Whether any group lost anything, ever. */
  async isAny(): Promise<boolean> {
    const { rows } = await sql<{ found: boolean }>`
      select exists (
        select from log.repairs
        where done_at is not null and (report ->> 'losses' <> '{}' or report ->> 'lostGroups' <> '[]')
      ) as found`.execute(this.db);
    return rows[0]!.found;
  }

  /** Newest first. */
  async ofGroup(groupId: string): Promise<KnownLoss[]> {
    const { rows } = await sql<{ noticedAt: Date; isWhole: boolean; losses: string[] | null }>`
      select * from (
        select id, noticed_at as "noticedAt", report -> 'losses' -> ${groupId} as losses,
          coalesce((report -> 'lostGroups')::jsonb ? ${groupId}, false) as "isWhole"
        from log.repairs
        where done_at is not null
      ) r
      where "isWhole" or losses is not null
      order by id desc`.execute(this.db);
    return rows.map(({ noticedAt, isWhole, losses }) => ({ noticedAt, isWhole, losses: losses ?? [] }));
  }
}
