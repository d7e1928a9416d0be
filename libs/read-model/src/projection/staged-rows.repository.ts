import type { EventOf, RecordedEvent, RowInput } from '@multitask/contracts';
import { sql, type Transaction } from 'kysely';
import type { Database } from '../tables/database.table';

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

export async function stagedChunks(
  trx: Transaction<Database>,
  groupId: string,
  batchIds: readonly string[],
): Promise<StagedChunk[]> {
  if (batchIds.length === 0) return [];
  const found = await trx
    .selectFrom('read.staged_rows')
    .select(['seq', 'batch_id', 'first_row', 'row_count'])
    .where('group_id', '=', groupId)
    .where('batch_id', 'in', batchIds)
    .orderBy('seq')
    .execute();
  return found.map((row) => ({
    seq: row.seq,
    batchId: row.batch_id,
    firstRow: row.first_row,
    rowCount: row.row_count,
  }));
}

/** Turns staged inputs into rows inside the database. `json_array_elements` hands each input on as the text it was. */
export async function commitStagedRows(
  trx: Transaction<Database>,
  groupId: string,
  parts: readonly CommittedPart[],
): Promise<void> {
  if (parts.length === 0) return;
  await sql`
    insert into read.rows (group_id, row_index, status, attempt, input, updated_seq)
    select ${groupId}, part.first_row + element.position - 1 - part.skip, 'queued', 1, element.value, part.updated_seq
    from unnest(${parts.map((part) => part.seq)}::bigint[], ${parts.map((part) => part.skip)}::int[],
                ${parts.map((part) => part.firstRow)}::int[], ${parts.map((part) => part.rowCount)}::int[],
                ${parts.map((part) => part.updatedSeq)}::bigint[])
         as part(seq, skip, first_row, row_count, updated_seq)
    join read.staged_rows staged on staged.seq = part.seq
    cross join lateral json_array_elements(staged.inputs) with ordinality as element(value, position)
    where element.position > part.skip and element.position <= part.skip + part.row_count
    on conflict (group_id, row_index) do nothing`.execute(trx);
}

export async function forgetStagedRows(
  trx: Transaction<Database>,
  groupId: string,
  batchIds: readonly string[] | 'all',
): Promise<void> {
  if (batchIds !== 'all' && batchIds.length === 0) return;
  let statement = trx.deleteFrom('read.staged_rows').where('group_id', '=', groupId);
  if (batchIds !== 'all') statement = statement.where('batch_id', 'in', batchIds);
  await statement.execute();
}
