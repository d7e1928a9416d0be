import type pg from 'pg';

/** A row as the read model keeps it, ready to be sent. */
export interface PlainRow {
  readonly groupId: string;
  readonly row: number;
  readonly runId: string;
  readonly input: string;
  readonly run: string;
  readonly output: string;
}

const upsert = `
  insert into read.rows as r (group_id, row_index, status, attempt, run_id, input, run, output, updated_seq)
  select * from unnest($1::text[], $2::int[], $3::text[], $4::int[], $5::text[], $6::json[], $7::json[], $8::json[], $9::bigint[])
  on conflict (group_id, row_index) do update set status = excluded.status, attempt = excluded.attempt,
    run_id = excluded.run_id, run = excluded.run, output = excluded.output, updated_seq = excluded.updated_seq`;

/** Rows into the read model's own table and a checkpoint beside them, one transaction for each batch: nothing is read or folded. */
export async function upsertLoop(client: pg.Client, rows: readonly PlainRow[], batchSize: number): Promise<void> {
  for (let from = 0; from < rows.length; from += batchSize) {
    const batch = rows.slice(from, from + batchSize);
    await client.query('begin');
    await client.query('update bench_checkpoint set seq = seq + $1', [batch.length]);
    await client.query({
      name: 'upsert',
      text: upsert,
      values: [
        batch.map(({ groupId }) => groupId),
        batch.map(({ row }) => row),
        batch.map(() => 'completed'),
        batch.map(() => 1),
        batch.map(({ runId }) => runId),
        batch.map(({ input }) => input),
        batch.map(({ run }) => run),
        batch.map(({ output }) => output),
        batch.map(({ row }) => row),
      ],
    });
    await client.query('commit');
  }
}
