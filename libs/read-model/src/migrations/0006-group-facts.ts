import { sql, type Kysely } from 'kysely';

/**
 * What is settled when a group is created (its specification with schemas, its warnings) gets a column of its own: an event
 * then rewrites a header of some hundred bytes instead of up to 50 kB.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table read.groups add column facts json`.execute(db);
}
