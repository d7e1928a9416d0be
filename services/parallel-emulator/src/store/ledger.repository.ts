import type { Database, Row } from './database';

export type LedgerKind = 'request' | 'run' | 'event' | 'webhook';

export interface LedgerFact {
  readonly kind: LedgerKind;
  readonly group?: string | null;
  readonly run?: string | null;
  readonly key?: string | null;
  readonly [detail: string]: unknown;
}

export interface LedgerEntry extends LedgerFact {
  readonly id: number;
  readonly at: string;
  readonly closed_at: string | null;
}

export interface LedgerQuery {
  readonly group?: string;
  readonly kind?: LedgerKind;
  /** Entries with a greater id. */
  readonly afterId: number;
  /** Entries at or after this time, in milliseconds. */
  readonly fromMs: number;
  readonly limit: number;
}

/** What this process received and emitted, in the machine's time, so that others can compare it with their own notes. */
export class LedgerRepository {
  constructor(
    private readonly db: Database,
    private readonly machine: () => number,
    private readonly limit: number,
  ) {
    // Whatever was open when the last process died is closed now.
    db.run('UPDATE ledger SET closed_at = ? WHERE kind = ? AND closed_at IS NULL', machine(), 'request');
  }

  add({ kind, group, run, key, ...body }: LedgerFact): number {
    const id = this.db.run(
      'INSERT INTO ledger (at, kind, group_id, run_id, key, body) VALUES (?, ?, ?, ?, ?, ?)',
      this.machine(),
      kind,
      group ?? null,
      run ?? null,
      key ?? null,
      JSON.stringify(body),
    );
    if (id % 10_000 === 0) this.db.run('DELETE FROM ledger WHERE id <= ?', id - this.limit);
    return id;
  }

  /** Completes an entry with what is known at its end. Connections may outlive the file by a moment when all stops. */
  close(id: number, details: object): void {
    if (!this.db.isOpen) return;
    this.db.run(
      'UPDATE ledger SET closed_at = ?, body = json_patch(body, ?) WHERE id = ?',
      this.machine(),
      JSON.stringify(details),
      id,
    );
  }

  /** Completes an entry with what became known while it is open. */
  note(id: number, details: { group?: string; key?: string | null; [detail: string]: unknown }): void {
    const { group, key, ...body } = details;
    this.db.run(
      'UPDATE ledger SET group_id = coalesce(?, group_id), key = coalesce(?, key), body = json_patch(body, ?) WHERE id = ?',
      group ?? null,
      key ?? null,
      JSON.stringify(body),
      id,
    );
  }

  page(query: LedgerQuery): LedgerEntry[] {
    const { afterId, fromMs, group, kind, limit } = query;
    const conditions: [string, string | number | undefined][] = [
      ['id > ?', afterId],
      ['at >= ?', fromMs],
      ['group_id = ?', group],
      ['kind = ?', kind],
    ];
    const given = conditions.filter(([, value]) => value !== undefined) as [string, string | number][];
    const where = given.map(([condition]) => condition).join(' AND ');
    const values = given.map(([, value]) => value);
    return this.db.all(`SELECT * FROM ledger WHERE ${where} ORDER BY id LIMIT ?`, ...values, limit).map(toEntry);
  }

  requestsByEndpoint(group: string | undefined): Record<string, number> {
    const sql = `SELECT json_extract(body, '$.endpoint') AS endpoint, count(*) AS count FROM ledger
      WHERE kind = 'request' AND (?1 IS NULL OR group_id = ?1) GROUP BY 1 ORDER BY 1`;
    return Object.fromEntries(
      this.db.all(sql, group ?? null).map((row) => [row.endpoint ?? 'unknown', Number(row.count)]),
    );
  }

  /** Opening and closing times of event streams, in milliseconds; `closedAt` is null while one is open. */
  streams(group: string | undefined): { openedAt: number; closedAt: number | null }[] {
    const sql = `SELECT at, closed_at FROM ledger WHERE kind = 'request' AND (?1 IS NULL OR group_id = ?1)
      AND json_extract(body, '$.endpoint') = 'group_events' AND json_extract(body, '$.stream') = 1 ORDER BY id`;
    return this.db
      .all(sql, group ?? null)
      .map((row) => ({ openedAt: Number(row.at), closedAt: row.closed_at == null ? null : Number(row.closed_at) }));
  }

  /** How many runs were created per metadata key and value; two runs under one row key were bought twice. */
  runsByMetadata(group: string | undefined): Record<string, Record<string, number>> {
    const sql = `SELECT entry.key AS name, entry.value AS value, count(*) AS count
      FROM ledger, json_each(ledger.body, '$.metadata') AS entry
      WHERE kind = 'run' AND json_type(ledger.body, '$.metadata') = 'object' AND (?1 IS NULL OR group_id = ?1) GROUP BY 1, 2 ORDER BY 1, 2`;
    const result: Record<string, Record<string, number>> = {};
    for (const row of this.db.all(sql, group ?? null))
      (result[String(row.name)] ??= {})[String(row.value)] = Number(row.count);
    return result;
  }

  count(kind: LedgerKind, group: string | undefined): number {
    const sql = 'SELECT count(*) AS count FROM ledger WHERE kind = ?1 AND (?2 IS NULL OR group_id = ?2)';
    return Number(this.db.get(sql, kind, group ?? null)!.count);
  }
}

const toEntry = (row: Row): LedgerEntry => ({
  id: Number(row.id),
  kind: row.kind as LedgerKind,
  at: new Date(Number(row.at)).toISOString(),
  closed_at: row.closed_at == null ? null : new Date(Number(row.closed_at)).toISOString(),
  group: row.group_id as string | null,
  run: row.run_id as string | null,
  key: row.key as string | null,
  ...(row.kind === 'request' && { status: null, stream: false, frames: 0 }),
  ...(JSON.parse(String(row.body)) as object),
});
