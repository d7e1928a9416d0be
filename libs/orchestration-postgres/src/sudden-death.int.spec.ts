import type { PoolClient } from 'pg';
import { describeDeath, type MortalStore } from '@multitask/orchestration/contract';
import { createTestDatabase, type TestDatabase } from '@multitask/testing';
import { newPool, PostgresOrchestrationStore } from './postgres.orchestration.store';
import { migrateOrchestration } from './schema';
import { watchStatements } from './testing/watch.statements';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ empty: true });
  const store = new PostgresOrchestrationStore({ url: database.url });
  await migrateOrchestration(store.db);
  await store.close();
});
afterAll(() => database.drop());

const start = async (): Promise<MortalStore> => {
  return {
    open: async (now, onStatement) => {
      const connections = newPool({ url: database.url, pool: 2, applicationName: 'mortal' });
      if (onStatement)
        watchStatements(connections, (text, when, client) => {
          try {
            onStatement(text, when);
          } catch (error) {
            cut(client);
            throw error;
          }
        });
      return new PostgresOrchestrationStore({ connections, now });
    },
    bury: (dead) => dead.close(),
  };
};

// The database knows no difference between after a statement and before the next; the store in a file is killed at both.
describeDeath('a store on Postgres', start, (place) => place.includes('after '));

/** As the server sees a process that was killed: the socket is gone in the middle of a transaction. */
const cut = (client: PoolClient): void =>
  void (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
