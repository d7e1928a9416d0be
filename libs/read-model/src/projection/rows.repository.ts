import type { RowView } from '@multitask/task-group';
import { sql, type Transaction } from 'kysely';
import { rowView } from '../repositories/view.mapping';
import type { Database } from '../tables/database.table';
import type { LoadPlan } from './batch.plan';

/** A row of which only the state is known; its input and results stay in the database. */
const stateColumns = ['row_index', 'status', 'attempt', 'run_id', 'updated_seq'] as const;

/**
 * The rows a plan needs. Those merely reported come without input, run and output: an event either leaves these alone or
 * replaces them, so loading them would only cost.
 */
export async function loadRows(trx: Transaction<Database>, plan: LoadPlan): Promise<RowView[]> {
  const [states, whole] = await Promise.all([loadStates(trx, plan), loadWhole(trx, plan)]);
  const known = new Set(whole.map((row) => row.row));
  return [...whole, ...states.filter((row) => !known.has(row.row))];
}

async function loadStates(trx: Transaction<Database>, plan: LoadPlan): Promise<RowView[]> {
  if (plan.reported.size === 0 && !plan.allUnbought) return [];
  const found = await trx
    .selectFrom('read.rows')
    .select(stateColumns)
    .where('group_id', '=', plan.groupId)
    .where((where) =>
      where.or([
        where('row_index', '=', sql<number>`any(${[...plan.reported]}::int[])`),
        ...(plan.allUnbought ? [where('run_id', 'is', null)] : []),
      ]),
    )
    .execute();
  return found.map((row) =>
    rowView({ ...row, group_id: plan.groupId, input: '', run: null, output: null, refusal: null, previous: null }),
  );
}

async function loadWhole(trx: Transaction<Database>, plan: LoadPlan): Promise<RowView[]> {
  if (plan.retried.size === 0) return [];
  const found = await trx
    .selectFrom('read.rows')
    .selectAll()
    .where('group_id', '=', plan.groupId)
    .where('row_index', '=', sql<number>`any(${[...plan.retried]}::int[])`)
    .execute();
  return found.map(rowView);
}

const textOrNull = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

/** One statement for all changed rows of a group. `previous` only ever grows, so nothing known of it means: leave it. */
export async function saveRows(trx: Transaction<Database>, groupId: string, rows: readonly RowView[]): Promise<void> {
  if (rows.length === 0) return;
  const column = <T>(pick: (row: RowView) => T): T[] => rows.map(pick);
  await sql`
    update read.rows as r
    set status = c.status, attempt = c.attempt, run_id = c.run_id, run = c.run, output = c.output, refusal = c.refusal,
        previous = coalesce(c.previous, r.previous), updated_seq = c.updated_seq
    from unnest(
      ${column((row) => row.row)}::int[], ${column((row) => row.status)}::text[], ${column((row) => row.attempt)}::int[],
      ${column((row) => row.runId)}::text[], ${column((row) => textOrNull(row.run))}::json[],
      ${column((row) => textOrNull(row.output))}::json[], ${column((row) => textOrNull(row.refusal))}::json[],
      ${column((row) => (row.previous.length === 0 ? null : JSON.stringify(row.previous)))}::json[],
      ${column((row) => row.updatedSeq)}::bigint[]
    ) as c(row_index, status, attempt, run_id, run, output, refusal, previous, updated_seq)
    where r.group_id = ${groupId} and r.row_index = c.row_index`.execute(trx);
}

export async function forgetRows(trx: Transaction<Database>, groupId: string): Promise<void> {
  await trx.deleteFrom('read.rows').where('group_id', '=', groupId).execute();
}
