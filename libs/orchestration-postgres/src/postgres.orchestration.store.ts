import { setTimeout as sleep } from 'node:timers/promises';
import type { OrchestrationReader, OrchestrationStore, OrchestrationTransaction } from '@multitask/orchestration';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Pool, types as pgTypes } from 'pg';
import { PostgresReader } from './postgres.reader';
import { PostgresTransaction } from './postgres.transaction';

export interface PostgresStoreOptions {
  /** Where the database is; or `connections` that are there already, which `close` closes. */
  readonly url?: string;
  readonly connections?: Pool;
  /** Connections; default 10. */
  readonly pool?: number;
  readonly applicationName?: string;
  /** Instead of the database's own clock. */
  readonly now?: () => number;
}

const int8 = 20;
const statementTimeoutMs = 30_000;
const idleInTransactionMs = 10_000;
/** Below the limit of statements: who waits for a lock learns that it was one. */
const lockTimeoutMs = 20_000;

/** Conflicts between transactions (40001, 40P01) end by themselves; each try is a few milliseconds. */
const conflicts = new Set(['40001', '40P01']);
const triesAtConflict = 10;

/** Runs and tasks in the schema `orchestration` of one database, for any number of processes. */
export class PostgresOrchestrationStore implements OrchestrationStore {
  readonly db: Kysely<unknown>;
  readonly read: OrchestrationReader;
  private readonly now: (() => number) | undefined;

  constructor({ url, connections, pool = 10, applicationName = 'orchestration', now }: PostgresStoreOptions) {
    this.now = now;
    this.db = new Kysely({
      dialect: new PostgresDialect({ pool: connections ?? newPool({ url, pool, applicationName }) }),
    });
    this.read = new PostgresReader(this.db, () => this.time(this.db));
  }

  async transaction<T>(work: (tx: OrchestrationTransaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++)
      try {
        return await this.db
          .transaction()
          .execute(async (trx) => work(new PostgresTransaction(trx, await this.time(trx))));
      } catch (error) {
        if (!conflicts.has(String((error as { code?: unknown }).code)) || attempt >= triesAtConflict) throw error;
        await sleep(Math.random() * 5 * 2 ** attempt);
      }
  }

  close(): Promise<void> {
    return this.db.destroy();
  }

  /** The database's clock, so that processes whose clocks differ agree on which lease has run out. */
  private async time(trx: Kysely<unknown>): Promise<number> {
    if (this.now) return this.now();
    const { rows } = await sql<{
      now: number;
    }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(trx);
    return rows[0]!.now;
  }
}

/** Connections with the limits that every one of them needs. */
export function newPool({ url, pool, applicationName }: { url?: string; pool: number; applicationName: string }): Pool {
  const connections = new Pool({
    connectionString: url,
    max: pool,
    application_name: applicationName,
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === int8 ? Number : pgTypes.getTypeParser(oid, format as 'text'),
    },
  });
  // A connection that the server closes must not end the process; the next query opens another.
  connections.on('error', () => undefined);
  connections.on('connect', (client) => client.on('error', () => undefined));
  return connections;
}
