import type { RowView } from '@multitask/task-group';
import { sql, type Transaction } from 'kysely';
import { rowView } from '../repositories/view.mapping';
import type { Database } from '../tables/database.table';
import type { LoadPlan } from './batch.plan';

/** A row of which only the state is known; its input and results stay in the database. */
const stateColumns = ['group_id', 'row_index', 'status', 'attempt', 'run_id', 'updated_seq'] as const;
const resultColumns = [...stateColumns, 'run', 'output', 'previous'] as const;
const unloaded = { input: '', run: null, output: null, refusal: null, previous: null };

/** Beyond this no row of ours exists; a number from an event must not overflow the column. */
const largestRow = 999_999_999;

/**
 * The rows the plans need, by group. Those merely reported come without input, run and output: an event either leaves these
 * alone or replaces them, so loading them would only cost.
 */
export async function loadRows(
  trx: Transaction<Database>,
  plans: readonly LoadPlan[],
): Promise<Map<string, RowView[]>> {
  const reported = await loadNamed(trx, plans, (plan) => plan.reported, stateColumns);
  const retried = await loadNamed(trx, plans, (plan) => plan.retried, resultColumns);
  const unbought = await loadUnbought(
    trx,
    plans.filter((plan) => plan.allUnbought).map((plan) => plan.groupId),
  );
  const byGroup = new Map<string, RowView[]>();
  // Of a row that came more than once the last one counts: the one with its results.
  for (const row of [...reported, ...unbought, ...retried]) {
    const rows = byGroup.get(row.group_id) ?? [];
    byGroup.set(row.group_id, rows);
    rows.push(rowView({ ...unloaded, ...row }));
  }
  return byGroup;
}

async function loadNamed(
  trx: Transaction<Database>,
  plans: readonly LoadPlan[],
  named: (plan: LoadPlan) => ReadonlySet<number>,
  columns: readonly (typeof resultColumns)[number][],
) {
  const keys = plans.flatMap((plan) =>
    [...named(plan)].filter((row) => row >= 0 && row <= largestRow).map((row) => [plan.groupId, row] as const),
  );
  if (keys.length === 0) return [];
  return trx
    .selectFrom('read.rows')
    .innerJoin(
      sql<{ group_id: string; row_index: number }>`
        unnest(${keys.map(([groupId]) => groupId)}::text[], ${keys.map(([, row]) => row)}::int[])`.as<'key'>(
        sql`key(group_id, row_index)`,
      ),
      (join) =>
        join.onRef('key.group_id', '=', 'read.rows.group_id').onRef('key.row_index', '=', 'read.rows.row_index'),
    )
    .select(columns.map((column) => `read.rows.${column}` as const))
    .execute();
}

async function loadUnbought(trx: Transaction<Database>, groupIds: readonly string[]) {
  if (groupIds.length === 0) return [];
  return trx
    .selectFrom('read.rows')
    .select(stateColumns)
    .where('group_id', 'in', groupIds)
    .where('run_id', 'is', null)
    .execute();
}

const textOrNull = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

/** One statement for all changed rows. `previous` only ever grows, so nothing known of it means: leave it. */
export async function saveRows(
  trx: Transaction<Database>,
  groups: readonly { readonly groupId: string; readonly changedRows: readonly RowView[] }[],
): Promise<void> {
  const changed = groups.flatMap(({ groupId, changedRows }) => changedRows.map((row) => ({ groupId, row })));
  if (changed.length === 0) return;
  const column = <T>(pick: (row: RowView) => T): T[] => changed.map(({ row }) => pick(row));
  await sql`
    update ${sql.table('read.rows')} as r
    set status = c.status, attempt = c.attempt, run_id = c.run_id, run = c.run, output = c.output, refusal = c.refusal,
        previous = coalesce(c.previous, r.previous), updated_seq = c.updated_seq
    from unnest(
      ${changed.map(({ groupId }) => groupId)}::text[],
      ${column((row) => row.row)}::int[], ${column((row) => row.status)}::text[], ${column((row) => row.attempt)}::int[],
      ${column((row) => row.runId)}::text[], ${column((row) => textOrNull(row.run))}::json[],
      ${column((row) => textOrNull(row.output))}::json[], ${column((row) => textOrNull(row.refusal))}::json[],
      ${column((row) => (row.previous.length === 0 ? null : JSON.stringify(row.previous)))}::json[],
      ${column((row) => row.updatedSeq)}::bigint[]
    ) as c(group_id, row_index, status, attempt, run_id, run, output, refusal, previous, updated_seq)
    where r.group_id = c.group_id and r.row_index = c.row_index`.execute(trx);
}

/** Rows that came with their inputs; {@link saveRows} brings all else about them. */
export async function insertFollowed(
  trx: Transaction<Database>,
  groups: readonly { readonly groupId: string; readonly followedRows: readonly RowView[] }[],
): Promise<void> {
  const rows = groups.flatMap(({ groupId, followedRows }) => followedRows.map((row) => ({ groupId, row })));
  if (rows.length === 0) return;
  await sql`
    insert into ${sql.table('read.rows')} (group_id, row_index, status, attempt, input, updated_seq)
    select new.group_id, new.row_index, 'queued', 1, new.input, new.updated_seq
    from unnest(${rows.map(({ groupId }) => groupId)}::text[], ${rows.map(({ row }) => row.row)}::int[],
                ${rows.map(({ row }) => JSON.stringify(row.input))}::json[], ${rows.map(({ row }) => row.updatedSeq)}::bigint[])
         as new(group_id, row_index, input, updated_seq)
    on conflict (group_id, row_index) do nothing`.execute(trx);
}

/** Forgets every row of expired groups, staged ones too. */
export async function forgetGroups(trx: Transaction<Database>, groupIds: readonly string[]): Promise<void> {
  if (groupIds.length === 0) return;
  await trx.deleteFrom('read.rows').where('group_id', 'in', groupIds).execute();
  await trx.deleteFrom('read.staged_rows').where('group_id', 'in', groupIds).execute();
}
