import { createTestDatabase, type TestDatabase } from '@multitask/testing';
import { sql } from 'kysely';
import { openDatabase, type ReadModelDatabase } from './database';
import { migrateToLatest } from './migrate';
import { migrations } from './migrations';

let testDatabase: TestDatabase;
let db: ReadModelDatabase;

beforeAll(async () => {
  testDatabase = await createTestDatabase({ empty: true });
  db = openDatabase({ url: testDatabase.url, pool: 2, applicationName: 'test' });
});
afterAll(async () => {
  await db.destroy();
  await testDatabase.drop();
});

async function schemaText(): Promise<string> {
  const columns = await sql<{ line: string }>`
    select format('%s.%s.%s %s%s', table_schema, table_name, column_name, data_type,
                  case is_nullable when 'NO' then ' not null' else '' end) as line
    from information_schema.columns
    where table_schema in ('read', 'notify', 'vault', 'idempotency', 'pacing')
    order by table_schema, table_name, ordinal_position`.execute(db);
  const indexes = await sql<{ line: string }>`
    select indexdef as line from pg_indexes
    where schemaname in ('read', 'notify', 'vault', 'idempotency', 'pacing') order by 1`.execute(db);
  return [...columns.rows, ...indexes.rows].map(({ line }) => line).join('\n');
}

describe('the migrations', () => {
  it('run once when several processes start together', async () => {
    await Promise.all(Array.from({ length: 4 }, () => migrateToLatest(testDatabase.url)));
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(migrations).sort());
  });

  it('make these tables', async () => {
    await migrateToLatest(testDatabase.url);
    expect(await schemaText()).toMatchSnapshot();
  });

  it('leave a database alone that a newer release has migrated', async () => {
    await migrateToLatest(testDatabase.url);
    await sql`insert into kysely_migration values ('9999-newer', '2099-01-01T00:00:00.000Z')`.execute(db);
    await expect(migrateToLatest(testDatabase.url)).resolves.toBe('ahead');
    await sql`delete from kysely_migration where name in ('9999-newer')`.execute(db);
    await expect(migrateToLatest(testDatabase.url)).resolves.toBe('up to date');
  });
});
