import { sql } from 'kysely';
import { describeModel, describeOrchestrationStore, type OpenStore } from '@multitask/orchestration/contract';
import { createTestDatabase, type TestDatabase } from '@multitask/testing';
import { newPool, PostgresOrchestrationStore } from './postgres.orchestration.store';
import { migrateOrchestration } from './schema';
import { watchStatements } from './testing/watch.statements';

let database: TestDatabase;
beforeAll(async () => void (database = await createTestDatabase({ empty: true })));
afterAll(() => database.drop());

const open: OpenStore = async (now) => {
  const connections = newPool({ url: database.url, pool: 10, applicationName: 'contract' });
  let statements = 0;
  watchStatements(connections, (_, when) => void (when === 'after' && statements++));
  const store = new PostgresOrchestrationStore({ connections, now });
  await sql`drop schema if exists orchestration cascade`.execute(store.db);
  await migrateOrchestration(store.db);
  const eventsOf = async (runId: string) => {
    const { rows } = await sql<{ type: string }>`
      select type from orchestration.events where run_id = ${runId} order by id`.execute(store.db);
    return rows.map(({ type }) => type);
  };
  return { store, eventsOf, statements: () => statements };
};

describeOrchestrationStore('a store on Postgres', open);

describe('the model', () => {
  describeModel(open, 25);
});
