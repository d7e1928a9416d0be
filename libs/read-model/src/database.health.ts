import { sql } from 'kysely';
import type { ReadModelDatabase } from './database';

/** Resolves when the database answers and takes writes: one that was made read-only helps nobody. */
export async function databaseHealth(db: ReadModelDatabase): Promise<void> {
  const { rows } = await sql<{ mode: string }>`select current_setting('transaction_read_only') as mode`.execute(db);
  if (rows[0]?.mode !== 'off') throw new Error('the database takes no writes');
}
