import type { EventOf, RecordedEvent, RowInput } from '@multitask/contracts';
import { sql, type Transaction } from 'kysely';
import type { Database } from '../tables/database.table';
import type { LoadPlan } from './batch.plan';

/** A chunk without its inputs: the database keeps those, 100,000 rows need not travel. */
export interface StagedChunk {
  readonly seq: number;
  readonly batchId: string;
  readonly firstRow: number;
  readonly rowCount: number;
}

/** The part of a chunk that becomes rows: inputs from `skip` on become rows from `firstRow` on. */
export interface CommittedPart {
  readonly seq: number;
  readonly skip: number;
  readonly firstRow: number;
  readonly rowCount: number;
  /** Sequence of the command that commits it. */
  readonly updatedSeq: number;
}

type Accepted = EventOf<'RowsAccepted'> & RecordedEvent;

export async function stageRows(trx: Transaction<Database>, events: readonly Accepted[]): Promise<void> {
  if (events.length === 0) return;
  await trx
    .insertInto('read.staged_rows')
    .values(
      events.map((event) => ({
        seq: event.seq,
        group_id: event.groupId,
        batch_id: event.data.batch_id,
        first_row: event.data.first_row,
        row_count: event.data.inputs.length,
        inputs: JSON.stringify(event.data.inputs satisfies RowInput[]),
        accepted_at: new Date(event.time),
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The chunks that the plans' commands commit, by group and in the order they came. */
export async function stagedChunks(
  trx: Transaction<Database>,
  plans: readonly LoadPlan[],
): Promise<Map<string, StagedChunk[]>> {
  const wanted = plans.filter((plan) => plan.committed.size > 0);
  const byGroup = new Map<string, StagedChunk[]>();
  if (wanted.length === 0) return byGroup;
  const found = await trx
    .selectFrom('read.staged_rows')
    .select(['seq', 'group_id', 'batch_id', 'first_row', 'row_count'])
    .where(
      'group_id',
      'in',
      wanted.map((plan) => plan.groupId),
    )
    .orderBy('seq')
    .execute();
  for (const row of found) {
    const chunks = byGroup.get(row.group_id) ?? [];
    byGroup.set(row.group_id, chunks);
    chunks.push({ seq: row.seq, batchId: row.batch_id, firstRow: row.first_row, rowCount: row.row_count });
  }
  return byGroup;
}

/** Turns staged inputs into rows inside the database. `json_array_elements` hands each input on as the text it was. */
export async function commitStagedRows(trx: Transaction<Database>, parts: readonly CommittedPart[]): Promise<void> {
  if (parts.length === 0) return;
  await sql`
    insert into ${sql.table('read.rows')} (group_id, row_index, status, attempt, input, updated_seq)
    select staged.group_id, part.first_row + element.position - 1 - part.skip, 'queued', 1, element.value, part.updated_seq
    from unnest(${parts.map((part) => part.seq)}::bigint[], ${parts.map((part) => part.skip)}::int[],
                ${parts.map((part) => part.firstRow)}::int[], ${parts.map((part) => part.rowCount)}::int[],
                ${parts.map((part) => part.updatedSeq)}::bigint[])
         as part(seq, skip, first_row, row_count, updated_seq)
    join ${sql.table('read.staged_rows')} staged on staged.seq = part.seq
    cross join lateral json_array_elements(staged.inputs) with ordinality as element(value, position)
    where element.position > part.skip and element.position <= part.skip + part.row_count
    on conflict (group_id, row_index) do nothing`.execute(trx);
}

export async function forgetBatches(
  trx: Transaction<Database>,
  batches: readonly { readonly groupId: string; readonly batchId: string }[],
): Promise<void> {
  if (batches.length === 0) return;
  await sql`
    delete from ${sql.table('read.staged_rows')} staged
    using unnest(${batches.map((batch) => batch.groupId)}::text[], ${batches.map((batch) => batch.batchId)}::text[])
          as gone(group_id, batch_id)
    where staged.group_id = gone.group_id and staged.batch_id = gone.batch_id`.execute(trx);
}
