import type { GroupHeader } from '@multitask/task-group';
import { sql, type Transaction } from 'kysely';
import { groupColumns } from '../repositories/view.mapping';
import type { Database } from '../tables/database.table';
import type { GroupFacts } from '../tables/read.table';

/** Headers with a stand-in for their facts: no event looks at those but the one that forgets them. */
export async function loadHeaders(
  trx: Transaction<Database>,
  groupIds: readonly string[],
): Promise<Map<string, GroupHeader>> {
  const found = await trx.selectFrom('read.groups').select(['id', 'header']).where('id', 'in', groupIds).execute();
  return new Map(found.map((row) => [row.id, row.header]));
}

export interface SavedGroup {
  readonly header: GroupHeader;
  /** Null when they are in the table already. */
  readonly facts: GroupFacts | null;
}

export async function saveHeaders(trx: Transaction<Database>, groups: readonly SavedGroup[]): Promise<void> {
  if (groups.length === 0) return;
  await trx
    .insertInto('read.groups')
    .values(groups.map(({ header, facts }) => groupColumns(header, facts)))
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((row) => ({
        seq: row.ref('excluded.seq'),
        generation: row.ref('excluded.generation'),
        completed_generation: row.ref('excluded.completed_generation'),
        owner_fingerprint: row.ref('excluded.owner_fingerprint'),
        title: row.ref('excluded.title'),
        processor: row.ref('excluded.processor'),
        row_count: row.ref('excluded.row_count'),
        counts: row.ref('excluded.counts'),
        blocked_reason: row.ref('excluded.blocked_reason'),
        completed_at: row.ref('excluded.completed_at'),
        expires_at: row.ref('excluded.expires_at'),
        expired_at: row.ref('excluded.expired_at'),
        header: row.ref('excluded.header'),
        facts: sql<string>`coalesce(excluded.facts, ${sql.ref('read.groups.facts')})`,
      })),
    )
    .execute();
}
