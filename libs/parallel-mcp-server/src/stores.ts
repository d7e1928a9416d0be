import type { OrchestrationReader, OrchestrationStore, OrchestrationTransaction } from '@multitask/orchestration';
import { migrateOrchestration, PostgresOrchestrationStore } from '@multitask/orchestration-postgres';
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
  private readonly inner: PostgresOrchestrationStore;
  private ready: Promise<void> | undefined;

  constructor({ url }: { readonly url: string }) {
    this.inner = new PostgresOrchestrationStore({ url, applicationName: 'parallel-mcp-server' });
    this.read = this.whenReady(this.inner.read);
  }

  async transaction<T>(work: (tx: OrchestrationTransaction) => Promise<T>): Promise<T> {
    await this.prepared();
    return this.inner.transaction(work);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  /** A database that was away is asked again by the next call. */
  private prepared(): Promise<void> {
    this.ready ??= migrateOrchestration(this.inner.db).catch((error: unknown) => {
      this.ready = undefined;
      throw error;
    });
    return this.ready;
  }

  private whenReady(reader: OrchestrationReader): OrchestrationReader {
    return new Proxy(reader, {
      get:
        (target, name: keyof OrchestrationReader) =>
        async (...input: never[]) => {
          await this.prepared();
          return (target[name] as (...given: never[]) => unknown).apply(target, input);
        },
    });
  }
}

export const openStore = ({ filename = ':memory:' }: ParallelMcpStoreOptions = {}): OrchestrationStore =>
  /^postgres(ql)?:\/\//.test(filename)
    ? new PostgresParallelMcpStore({ url: filename })
    : new SqliteParallelMcpStore({ filename });
