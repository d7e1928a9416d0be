import { sql } from 'kysely';
import type { ReadModelDatabase } from './database';

/** Resolves when the database answers. */
export async function databaseHealth(db: ReadModelDatabase): Promise<void> {
  await sql`select 1`.execute(db);
}
