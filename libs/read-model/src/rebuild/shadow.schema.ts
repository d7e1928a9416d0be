import { sql, type Kysely } from 'kysely';
import type { Database } from '../tables/database.table';
import { SchemaSwitch } from './schema.switch';

/** Where a rebuild fills what will become `read`, and the jobs it derives on the way. */
export const shadows = { read: 'read_next', notify: 'notify_next' } as const;

/** What was `read` before the last swap, until it was compared. */
export const replacedSchema = 'read_old';

/** The same statements as ever, on the shadow's tables. */
export const shadowOf = (db: Kysely<Database>): Kysely<Database> => db.withPlugin(new SchemaSwitch(shadows));

/** Makes an empty shadow; whatever an earlier rebuild left behind goes. Only for whoever holds the rebuild's lock. */
export async function makeShadow(db: Kysely<Database>): Promise<void> {
  await dropShadow(db);
  await db.transaction().execute(async (trx) => {
    for (const [live, shadow] of Object.entries(shadows)) {
      await sql`create schema ${sql.id(shadow)}`.execute(trx);
      for (const table of await tablesOf(trx, live)) await copyTable(trx, live, shadow, table);
    }
  });
}

export async function dropShadow(db: Kysely<Database>): Promise<void> {
  for (const schema of [...Object.values(shadows), replacedSchema])
    await sql`drop schema if exists ${sql.id(schema)} cascade`.execute(db);
}

export async function tablesOf(db: Kysely<Database>, schema: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = ${schema} order by tablename`.execute(db);
  return rows.map(({ name }) => name);
}

/** Constraints and indexes keep their names, so that a later migration finds them in a `read` that was swapped in. */
async function copyTable(db: Kysely<Database>, live: string, shadow: string, table: string): Promise<void> {
  const [from, to] = [`${live}.${table}`, `${shadow}.${table}`];
  await sql`create table ${sql.table(to)} (like ${sql.table(from)} including all excluding indexes)`.execute(db);
  const constraints = await sql<{ name: string; definition: string }>`
    select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
    where conrelid = ${from}::regclass and contype in ('p', 'u')`.execute(db);
  for (const { name, definition } of constraints.rows)
    await sql`alter table ${sql.table(to)} add constraint ${sql.id(name)} ${sql.raw(definition)}`.execute(db);
  const indexes = await sql<{ definition: string }>`
    select pg_get_indexdef(indexrelid) as definition from pg_index
    where indrelid = ${from}::regclass
      and not exists (select from pg_constraint where conindid = indexrelid)`.execute(db);
  for (const { definition } of indexes.rows)
    await sql.raw(definition.replace(` ON ${from} `, ` ON ${to} `)).execute(db);
}
