import { openDatabase, type ReadModelDatabase } from '@multitask/read-model';
import { createTestDatabase, type TestDatabase } from '@multitask/testing';
import { MemoryPacer } from './memory.pacer';
import { defaultBudgets } from './pacer';
import { pacerContract } from './pacer.contract';
import { PostgresPacer } from './postgres.pacer';
import { ResilientPacer } from './resilient.pacer';

describe('pacing through Postgres', () => {
  let testDatabase: TestDatabase;
  let database: ReadModelDatabase;
  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    database = openDatabase({ url: testDatabase.url, pool: 5, applicationName: 'pacing' });
  });
  afterAll(async () => {
    await database.destroy();
    await testDatabase.drop();
  });

  pacerContract((budgets) => new PostgresPacer(database, budgets));

  it('is shared: what one replica took, another waits for', async () => {
    const [one, two] = [new PostgresPacer(database, defaultBudgets), new PostgresPacer(database, defaultBudgets)];
    expect(await one.reserve('shared', 'runs', 300)).toBe(0);
    const wait = await two.reserve('shared', 'runs', 1);
    expect(wait).toBeGreaterThan(9_000);
    expect(wait).toBeLessThanOrEqual(10_000);
  });

  it('goes on by itself while the database is away', async () => {
    const gone = openDatabase({ url: 'postgres://127.0.0.1:1/none', pool: 1, applicationName: 'pacing' });
    const warnings: unknown[] = [];
    const logger = { warn: (...words: unknown[]) => warnings.push(words) } as never;
    const pacer = new ResilientPacer(new PostgresPacer(gone, defaultBudgets), new MemoryPacer(defaultBudgets), logger);
    expect(await pacer.reserve('key', 'runs', 300)).toBe(0);
    expect(await pacer.reserve('key', 'runs', 1)).toBeGreaterThan(9_000);
    expect(warnings).toHaveLength(2);
    await gone.destroy();
  });
});
