import { Migrator } from 'kysely/migration';
import { sql } from 'kysely';
import { openDatabase, type ReadModelDatabase } from './database';
import { migrations } from './migrations';

/** Any number, the same for every process that migrates; whoever rebuilds or repairs shares it, so that nobody migrates meanwhile. */
export const migrationLock = 7_041_001;

/**
 * `ahead`: a newer release has migrated this database already. Each release leaves the last one working, so a rolled back one
 * goes on with it as it is; nothing is ever migrated down.
 */
export type MigrationResult = 'migrated' | 'up to date' | 'ahead';

/** Brings the database up to date. Several processes may call it at once: one works, the others wait and find nothing to do. */
export async function migrateToLatest(databaseUrl: string): Promise<MigrationResult> {
  // Waiting for another process's migrations, or rewriting a large table, may take its time.
  const limits = { pool: 2, statementTimeoutMs: 0 };
  const db = openDatabase({ url: databaseUrl, applicationName: 'multitask-migrate', ...limits });
  try {
    return await db.connection().execute(async (lock) => {
      // The limit of a pool is for locks of rows and tables: this one is held for as long as somebody migrates or rebuilds.
      await sql`set lock_timeout = 0`.execute(lock);
      await sql`select pg_advisory_lock(${migrationLock})`.execute(lock);
      try {
        if (await isAhead(lock)) return 'ahead';
        const { error, results } = await new Migrator({
          db,
          provider: { getMigrations: async () => migrations },
        }).migrateToLatest();
        if (error) throw error;
        return results?.length ? 'migrated' : 'up to date';
      } finally {
        await sql`select pg_advisory_unlock(${migrationLock})`.execute(lock);
      }
    });
  } finally {
    await db.destroy();
  }
}

/** Everything we know has run, and something we do not know as well. */
async function isAhead(db: ReadModelDatabase): Promise<boolean> {
  const { rows: found } = await sql<{ at: string | null }>`select to_regclass('kysely_migration') as at`.execute(db);
  if (!found[0]?.at) return false;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  const executed = new Set(rows.map(({ name }) => name));
  const known = Object.keys(migrations);
  return executed.size > known.length && known.every((name) => executed.has(name));
}
