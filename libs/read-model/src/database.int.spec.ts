import { createTestDatabase, type TestDatabase } from '@multitask/testing';
import { sql } from 'kysely';
import { openDatabase, type ReadModelDatabase } from './database';

describe('a connection', () => {
  let testDatabase: TestDatabase;
  let db: ReadModelDatabase;
  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    db = openDatabase({ url: testDatabase.url, pool: 1, applicationName: 'test' });
  });
  afterAll(async () => {
    await db.destroy();
    await testDatabase.drop();
  });

  it.each([
    // A projector that is frozen in the middle of a transaction keeps its partition from the others for so long.
    ['idle_in_transaction_session_timeout', '10s'],
    ['statement_timeout', '30s'],
  ])('has a %s of %s', async (name, value) => {
    const { rows } = await sql<{ value: string }>`select current_setting(${name}) as value`.execute(db);
    expect(rows).toEqual([{ value }]);
  });
});
