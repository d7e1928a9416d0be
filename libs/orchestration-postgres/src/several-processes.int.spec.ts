import { describeProcesses } from '@multitask/orchestration/contract';
import { createTestDatabase, type TestDatabase } from '@multitask/testing';
import { PostgresOrchestrationStore } from './postgres.orchestration.store';
import { migrateOrchestration } from './schema';

let database: TestDatabase;
beforeAll(async () => void (database = await createTestDatabase({ empty: true })));
afterAll(() => database.drop());

describeProcesses(
  'one database',
  () =>
    `new (require('@multitask/orchestration-postgres').PostgresOrchestrationStore)({ url: ${JSON.stringify(database.url)}, pool: 3 })`,
  async () => {
    const store = new PostgresOrchestrationStore({ url: database.url });
    await migrateOrchestration(store.db);
    return store;
  },
);
