import { sql, type Kysely } from 'kysely';
import { migrationLock } from '../migrate';
import type { Database } from '../tables/database.table';

/** Any number, the same for everybody who rebuilds or repairs. */
const rebuildLock = 7_041_002;

/**
 * Does `work` unless somebody else rebuilds, repairs or migrates right now; answers whether it did. Migrations wait meanwhile: the
 * shadow has the columns that `read` had when it was made. A process that dies lets go by that.
 */
export async function withRebuildLock(db: Kysely<Database>, work: () => Promise<void>): Promise<boolean> {
  return db.connection().execute(async (lock) => {
    try {
      const { rows } = await sql<{ got: boolean }>`
        select case when pg_try_advisory_lock(${rebuildLock})
                    then pg_try_advisory_lock_shared(${migrationLock}) else false end as got`.execute(lock);
      if (!rows[0]?.got) return false;
      await work();
      return true;
    } finally {
      // Also the first of the two when the second was not to be had. A connection that broke has let go already.
      await sql`select pg_advisory_unlock_all()`.execute(lock).catch(() => undefined);
    }
  });
}
