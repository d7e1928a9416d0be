import type { Logger } from '@multitask/platform';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool, types as pgTypes } from 'pg';
import type { Database } from './tables/database.table';

export type ReadModelDatabase = Kysely<Database>;

/** Sequences are below 2^53 for as long as anyone will run this: numbers, not strings. */
const int8 = 20;
const statementTimeoutMs = 30_000;
/** Below the limit of statements: who waits for a lock learns that it was one. */
const lockTimeoutMs = 20_000;
/** Nobody thinks in the middle of a transaction: whoever does has been frozen, and others wait for the rows it locked. */
const idleInTransactionMs = 10_000;
const connectTimeoutMs = 5_000;

/**
 * Opens a pool. A connection that the server closes is an `error` event, which would end the process if nobody listened: it
 * is logged and the pool connects anew with the next query.
 */
export function openDatabase(options: {
  url: string;
  pool: number;
  applicationName: string;
  logger?: Logger;
  /** Default 30,000; 0 is no limit. */
  statementTimeoutMs?: number;
}): ReadModelDatabase {
  const pool = new Pool({
    connectionString: options.url,
    max: options.pool,
    application_name: options.applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: options.statementTimeoutMs ?? statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === int8 ? Number : pgTypes.getTypeParser(oid, format as 'text'),
    },
  });
  const lost = (error: Error) => options.logger?.warn({ err: error.message }, 'a database connection was lost');
  pool.on('error', () => undefined);
  // The pool listens only while a connection is idle; one that is cut between two statements of a transaction needs this.
  pool.on('connect', (client) => client.on('error', lost));
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}
