import { sql, type Kysely } from 'kysely';
import type { Database } from '../tables/database.table';
import { replacedSchema } from './shadow.schema';

export interface Comparison {
  /** Groups that stand at the same event in both. Others went on since the swap. */
  readonly groups: number;
  readonly rows: number;
  /** Up to ten of those that were not the same, and how. */
  readonly differences: readonly string[];
  readonly differing: number;
}

const rowText = sql.raw(
  `(status, attempt, run_id, input::text, run::text, output::text, refusal::text, previous::text, updated_seq)::text`,
);

/** Compares what was replaced with what replaced it, where nothing has changed since: whether `read` was the fold of the log. */
export async function compareReplaced(db: Kysely<Database>): Promise<Comparison> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      await sql`set local statement_timeout = 0`.execute(trx);
      const was = (table: string) => sql.table(`${replacedSchema}.${table}`);
      const groups = await sql<{ id: string; how: string | null }>`
        select coalesce(o.id, n.id) as id,
          case when n.id is null then 'is not in the log'
               when o.id is null then 'was missing'
               when (o.header::text, o.facts::text) is distinct from (n.header::text, n.facts::text)
               then 'its header was another one' end as how
        from ${was('groups')} o full join read.groups n using (id)
        where o.seq = n.seq or n.id is null
           or (o.id is null and n.seq <= (select seq from ${was('checkpoint')} c where c.partition = n.partition))
        `.execute(trx);
      const rows = await sql<{ compared: number; differ: number; example: string | null }>`
        with same as (select id from ${was('groups')} o join read.groups n using (id) where o.seq = n.seq),
        pairs as (
          select o.text is not distinct from n.text as equal, group_id, row_index
          from (select group_id, row_index, ${rowText} as text from ${was('rows')}
                where group_id in (select id from same)) o
          full join (select group_id, row_index, ${rowText} as text from read.rows
                where group_id in (select id from same)) n using (group_id, row_index))
        select count(*) as compared, count(*) filter (where not equal) as differ,
          min(group_id || ' row ' || row_index) filter (where not equal) as example
        from pairs`.execute(trx);
      const [{ compared, differ, example } = { compared: 0, differ: 0, example: null }] = rows.rows;
      const wrong = groups.rows.filter(({ how }) => how !== null);
      const differences = wrong.slice(0, 9).map(({ id, how }) => `${id} ${how}`);
      if (differ > 0) differences.push(`${differ} rows were another, such as ${example}`);
      return { groups: groups.rows.length, rows: compared, differences, differing: wrong.length + differ };
    });
}
