import type { OrchestrationReader, OrchestrationStore, OrchestrationTransaction } from '@multitask/orchestration';
import type { PostgresOrchestrationStore } from '@multitask/orchestration-postgres';
import { SqliteOrchestrationStore } from '@multitask/orchestration-sqlite';

export interface ParallelMcpStoreOptions {
  /** A SQLite file, `:memory:` (the default: gone with the process), or the URL of a Postgres database (`postgres://…`). */
  readonly filename?: string;
}

/** Runs and tasks in one file, which several processes may use at once, or in memory. */
export class SqliteParallelMcpStore extends SqliteOrchestrationStore {
  constructor({ filename = ':memory:' }: ParallelMcpStoreOptions = {}) {
    super({ filename });
  }
}

/** Runs and tasks in the schema `orchestration` of a database, which is made at the first use. */
export class PostgresParallelMcpStore implements OrchestrationStore {
  readonly read: OrchestrationReader;
  private opened: Promise<PostgresOrchestrationStore> | undefined;

  constructor(private readonly options: { readonly url: string }) {
    const ask =
      (name: keyof OrchestrationReader) =>
      async (...given: never[]) => {
        const { read } = await this.open();
        return (read[name] as (...asked: never[]) => unknown).apply(read, given);
      };
    this.read = new Proxy({} as OrchestrationReader, { get: (_, name: keyof OrchestrationReader) => ask(name) });
  }

  async transaction<T>(work: (tx: OrchestrationTransaction) => Promise<T>): Promise<T> {
    return (await this.open()).transaction(work);
  }

  async close(): Promise<void> {
    await (await this.opened)?.close();
  }

  /** A database that was away is asked again by the next call. */
  private open(): Promise<PostgresOrchestrationStore> {
    this.opened ??= this.prepared().catch((error: unknown) => {
      this.opened = undefined;
      throw error;
    });
    return this.opened;
  }

  /** The driver is loaded here: a server on a file starts without it. */
  private async prepared(): Promise<PostgresOrchestrationStore> {
    const postgres = await import('@multitask/orchestration-postgres');
    const store = new postgres.PostgresOrchestrationStore({ ...this.options, applicationName: 'parallel-mcp-server' });
    try {
      await postgres.migrateOrchestration(store.db);
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }
}

export const openStore = ({ filename = ':memory:' }: ParallelMcpStoreOptions = {}): OrchestrationStore =>
  /^postgres(ql)?:\/\//.test(filename)
    ? new PostgresParallelMcpStore({ url: filename })
    : new SqliteParallelMcpStore({ filename });
