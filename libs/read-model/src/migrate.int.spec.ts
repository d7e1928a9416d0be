import { createTestDatabase, eventually, type TestDatabase } from '@multitask/testing';
import { sql } from 'kysely';
import { openDatabase, type ReadModelDatabase } from './database';
import { migrateToLatest, migrationLock } from './migrate';
import { migrations } from './migrations';
import { withRebuildLock } from './rebuild/rebuild.lock';

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

  it('wait for a rebuild, however long it takes', async () => {
    await migrateToLatest(testDatabase.url);
    let migrating: Promise<unknown> | undefined;
    const rebuilt = await withRebuildLock(db, async () => {
      // Limited to less than it is made to wait for.
      migrating = migrateToLatest(`${testDatabase.url}?lock_timeout=200`);
      migrating.catch(() => undefined);
      const waiting = sql`
        select from pg_locks where locktype = 'advisory' and not granted and now() - waitstart > interval '500 ms'
          and database = (select oid from pg_database where datname = current_database())`;
      await eventually(async () => (await waiting.execute(db)).rows.length === 1, { timeoutMs: 60_000 });
    });
    expect(rebuilt).toBe(true);
    await expect(migrating).resolves.toBe('up to date');
  });

  it('are not made at the same time as a rebuild begins', async () => {
    await db.connection().execute(async (other) => {
      await sql`select pg_advisory_lock(${migrationLock})`.execute(other);
      const begun = withRebuildLock(db, () => Promise.reject(new Error('it began')));
      await expect(begun).resolves.toBe(false);
      await sql`select pg_advisory_unlock(${migrationLock})`.execute(other);
    });
    await expect(withRebuildLock(db, async () => undefined)).resolves.toBe(true);
  });
});
