import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OrchestrationReader, OrchestrationStore, OrchestrationTransaction } from '@multitask/orchestration';
import { schema, schemaVersion } from './schema';
import { SqliteReader } from './sqlite.reader';
import { SqliteTransaction } from './sqlite.transaction';
import { Statements, type StatementWatch } from './statements';

export interface SqliteStoreOptions {
  /** `:memory:` lives as long as the store. */
  readonly filename: string;
  readonly now?: () => number;
  /** Called before and after each statement; what it throws is thrown there. For tests of what a sudden death leaves. */
  readonly onStatement?: StatementWatch;
}

/** How long a write waits for other processes on the same file; each holds it for milliseconds. */
const patienceMs = 30_000;

/**
 * Runs and tasks in one file that several processes may use at once, or in memory. Every transaction says from its start that it
 * writes, so none ever finds out half-way that another was faster; waiting for the file does not hold up the process.
 */
export class SqliteOrchestrationStore implements OrchestrationStore {
  private readonly database: DatabaseSync;
  private readonly sql: Statements;
  readonly read: OrchestrationReader;
  private readonly now: () => number;
  private queue: Promise<unknown> = Promise.resolve();

  constructor({ filename, now = Date.now, onStatement }: SqliteStoreOptions) {
    this.now = now;
    this.database = new DatabaseSync(filename, { timeout: patienceMs });
    this.sql = new Statements(this.database, onStatement);
    this.sql.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;');
    this.migrate();
    // From here on busy is waited out without holding up the process.
    this.sql.exec('pragma busy_timeout = 0');
    this.read = new SqliteReader(this.sql, now, (work) => this.inTurn(async () => work()));
  }

  transaction<T>(work: (tx: OrchestrationTransaction) => Promise<T>): Promise<T> {
    return this.inTurn(() => this.write(work));
  }

  /** One after the other: a connection has one transaction, and a question must not see half of it. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work);
    this.queue = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    await this.queue;
    this.database.close();
  }

  private async write<T>(work: (tx: OrchestrationTransaction) => Promise<T>): Promise<T> {
    await this.begin();
    try {
      const result = await work(new SqliteTransaction(this.sql, this.now()));
      this.sql.exec('commit');
      return result;
    } catch (error) {
      this.sql.exec('rollback');
      throw error;
    }
  }

  private async begin(): Promise<void> {
    const deadline = performance.now() + patienceMs;
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 50))
      try {
        return this.sql.exec('begin immediate');
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw error;
        await sleep(pauseMs * (0.5 + Math.random()));
      }
  }

  private migrate(): void {
    // Only the first to come writes: who finds the tables there must not stand in line with those at work.
    if (this.version() === schemaVersion) return;
    this.sql.exec('begin immediate');
    const version = this.version();
    if (version === 0) this.sql.exec(schema);
    this.sql.exec('commit');
    if (version !== 0 && version !== schemaVersion)
      throw new Error(`The file holds version ${version} of the tables; this program knows ${schemaVersion}.`);
  }

  private version(): number {
    return this.sql.one('pragma user_version')!.user_version as number;
  }
}

/** SQLITE_BUSY, with its extended forms in the higher bits. */
const isBusy = (error: unknown): boolean => ((error as { errcode?: number }).errcode ?? 0) % 256 === 5;
