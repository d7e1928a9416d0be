import { Client } from 'pg';
import { engineOver } from '@multitask/orchestration/contract';
import { createTestDatabase, eventually, type TestDatabase } from '@multitask/testing';
import { PostgresOrchestrationStore } from './postgres.orchestration.store';
import { migrateOrchestration } from './schema';

let database: TestDatabase;
beforeAll(async () => void (database = await createTestDatabase({ empty: true })));
afterAll(() => database.drop());

it('an event that is committed after one with a higher id is not skipped by who reads on from the last id seen', async () => {
  const store = new PostgresOrchestrationStore({ url: database.url });
  await migrateOrchestration(store.db);
  let ids = 0;
  const engine = engineOver(store, (kind) => `${kind} ${++ids}`);
  const read = (after: number) => engine.queries.events({ after, limit: 100, types: [] });
  await engine.runs.create({ id: 'early' });
  const [early] = await eventually(async () => {
    const events = await read(0);
    return events.length === 1 ? events : undefined;
  });
  const slow = new Client({ connectionString: database.url });
  await slow.connect();
  await slow.query('begin');
  await slow.query(
    `insert into orchestration.events (run_id, type, at, data) values ('slow', 'run.created', now(), '{}')`,
  );
  await engine.runs.create({ id: 'quick' });
  // Its id is higher, and it is committed: a reader that took it now would never see the other.
  expect(await read(early!.id)).toEqual([]);
  await slow.query('commit');
  const later = await eventually(async () => {
    const events = await read(early!.id);
    return events.length === 2 ? events : undefined;
  });
  expect(later.map(({ runId }) => runId)).toEqual(['slow', 'quick']);
  await slow.end();
  await store.close();
});
