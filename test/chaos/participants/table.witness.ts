import { Pool } from 'pg';
import type { TableAccount, TableRow } from '../ledger';

/** Reads the read model's tables past everything the product has for that. */
export class TableWitness {
  readonly #pool: Pool;

  private constructor(pool: Pool) {
    this.#pool = pool;
  }

  static async open(url: string): Promise<TableWitness> {
    const pool = new Pool({
      connectionString: url,
      application_name: 'chaos-ledger',
      max: 1,
      // Kept for ever: when others take all the places, the witness has its own.
      idleTimeoutMillis: 0,
      connectionTimeoutMillis: 5_000,
    });
    // A connection that breaks is told by the query under way; the next one makes a new one.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    await pool.query('select 1');
    return new TableWitness(pool);
  }

  /** How far each partition of the log has been projected. */
  async checkpoints(): Promise<Record<string, number>> {
    const { rows } = await this.#pool.query<{ partition: string; seq: string }>(
      'select partition, seq from read.checkpoint',
    );
    return Object.fromEntries(rows.map(({ partition, seq }) => [partition, Number(seq)]));
  }

  /** Spoils the rows of a group, as a defect would; answers how many. */
  async falsify(group: string): Promise<number> {
    const { rowCount } = await this.#pool.query("update read.rows set status = 'failed' where group_id = $1", [group]);
    return rowCount ?? 0;
  }

  async account(groups: readonly string[]): Promise<TableAccount> {
    const found = await this.#pool.query<GroupRow>(
      'select id, row_count, generation, completed_generation, counts from read.groups where id = any($1)',
      [groups],
    );
    const rows = await this.#pool.query<RowRow>(
      'select group_id, row_index, status, attempt, run_id, input, output from read.rows where group_id = any($1)' +
        ' order by group_id, row_index',
      [groups],
    );
    const parked = await this.#pool.query<{ seq: string; reason: string }>(
      'select seq, reason from read.parked_events',
    );
    return {
      groups: found.rows.map((row) => ({
        id: row.id,
        rowCount: row.row_count,
        generation: row.generation,
        completedGeneration: row.completed_generation,
        counts: row.counts,
      })),
      rows: rows.rows.map(rowOf),
      parked: parked.rows.map(({ seq, reason }) => ({ seq: Number(seq), reason })),
    };
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

interface GroupRow {
  id: string;
  row_count: number;
  generation: number;
  completed_generation: number;
  counts: Record<string, number>;
}

interface RowRow {
  group_id: string;
  row_index: number;
  status: string;
  attempt: number;
  run_id: string | null;
  input: TableRow['input'];
  output: TableRow['output'];
}

const rowOf = (row: RowRow): TableRow => ({
  group: row.group_id,
  row: row.row_index,
  status: row.status,
  attempt: row.attempt,
  runId: row.run_id,
  input: row.input,
  output: row.output,
});
