import { Migrator } from 'kysely/migration';
import { sql } from 'kysely';
import { openDatabase } from './database';
import { migrations } from './migrations';

/** Any number, the same for every process that migrates. */
const migrationLock = 7_041_001;

/** Brings the database up to date. Several processes may call it at once: one works, the others wait and find nothing to do. */
export async function migrateToLatest(databaseUrl: string): Promise<void> {
  // Waiting for another process's migrations, or rewriting a large table, may take its time.
  const limits = { pool: 2, statementTimeoutMs: 0 };
  const db = openDatabase({ url: databaseUrl, applicationName: 'multitask-migrate', ...limits });
  try {
    await db.connection().execute(async (lock) => {
      await sql`select pg_advisory_lock(${migrationLock})`.execute(lock);
      try {
        const { error } = await new Migrator({
          db,
          provider: { getMigrations: async () => migrations },
        }).migrateToLatest();
        if (error) throw error;
      } finally {
        await sql`select pg_advisory_unlock(${migrationLock})`.execute(lock);
      }
    });
  } finally {
    await db.destroy();
  }
}
