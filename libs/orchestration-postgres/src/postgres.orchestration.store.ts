import { setTimeout as sleep } from 'node:timers/promises';
import type { OrchestrationReader, OrchestrationStore, OrchestrationTransaction } from '@multitask/orchestration';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Pool, types as pgTypes } from 'pg';
import { Conversation } from './conversation';
import { DatabaseClock } from './database.clock';
import { PostgresReader } from './postgres.reader';
import { PostgresTransaction } from './postgres.transaction';
import { PreparedClient } from './prepared.client';

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
  private readonly connections: Pool;
  private readonly time: () => Promise<number>;

  constructor({ url, connections, pool = 10, applicationName = 'orchestration', now }: PostgresStoreOptions) {
    this.connections = connections ?? newPool({ url, pool, applicationName });
    this.db = new Kysely({ dialect: new PostgresDialect({ pool: this.connections }) });
    const clock = new DatabaseClock(() => timeOf(this.db));
    this.time = now ? async () => now() : () => clock.now();
    this.read = new PostgresReader(this.db, this.time);
  }

  async transaction<T>(work: (tx: OrchestrationTransaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++)
      try {
        // Before a connection is taken: asking takes one as well, and nobody may wait for a second one while holding the first.
        const now = await this.time();
        return await this.once((conversation) => work(new PostgresTransaction(conversation, now)));
      } catch (error) {
        if (!conflicts.has(String((error as { code?: unknown }).code)) || attempt >= triesAtConflict) throw error;
        await sleep(Math.random() * 5 * 2 ** attempt);
      }
  }

  close(): Promise<void> {
    return this.db.destroy();
  }

  private async once<T>(work: (conversation: Conversation) => Promise<T>): Promise<T> {
    const client = await this.connections.connect();
    const conversation = new Conversation(client, this.db);
    let isOver = false;
    try {
      conversation.say(sql`begin`);
      const result = await work(conversation);
      conversation.say(sql`commit`);
      await conversation.all();
      isOver = true;
      return result;
    } catch (error) {
      // What was said before is why what was asked afterwards failed.
      await conversation.all();
      throw error;
    } finally {
      // A connection that cannot even go back is closed, which does the same.
      const failure = isOver ? undefined : await conversation.ask(sql`rollback`).catch((error: Error) => error);
      client.release(failure instanceof Error ? failure : undefined);
    }
  }
}

async function timeOf(db: Kysely<unknown>): Promise<number> {
  const { rows } = await sql<{
    now: number;
  }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(db);
  return rows[0]!.now;
}

/** Connections with the limits that every one of them needs. */
export function newPool({ url, pool, applicationName }: { url?: string; pool: number; applicationName: string }): Pool {
  const connections = new Pool({
    Client: PreparedClient as never,
    // What need not wait for an answer does not: a claim is two round trips instead of ten.
    pipeline: true,
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
