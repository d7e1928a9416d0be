import type { GroupHeader } from '@multitask/task-group';
import type { Transaction } from 'kysely';
import { groupColumns } from '../repositories/view.mapping';
import type { Database } from '../tables/database.table';

export async function loadHeaders(
  trx: Transaction<Database>,
  groupIds: readonly string[],
): Promise<Map<string, GroupHeader>> {
  const found = await trx.selectFrom('read.groups').select(['id', 'header']).where('id', 'in', groupIds).execute();
  return new Map(found.map((row) => [row.id, row.header]));
}

export async function saveHeaders(trx: Transaction<Database>, headers: readonly GroupHeader[]): Promise<void> {
  if (headers.length === 0) return;
  await trx
    .insertInto('read.groups')
    .values(headers.map(groupColumns))
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
      })),
    )
    .execute();
}
