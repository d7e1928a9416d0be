import { sql, type Kysely } from 'kysely';
import type { Database } from '../tables/database.table';

/** Any number, the same for everybody who rebuilds or repairs. */
const rebuildLock = 7_041_002;

/** Does `work` unless somebody else rebuilds or repairs right now; answers whether it did. A process that dies lets go by that. */
export async function withRebuildLock(db: Kysely<Database>, work: () => Promise<void>): Promise<boolean> {
  return db.connection().execute(async (lock) => {
    const { rows } = await sql<{ got: boolean }>`select pg_try_advisory_lock(${rebuildLock}) as got`.execute(lock);
    if (!rows[0]?.got) return false;
    try {
      await work();
      return true;
    } finally {
      // A connection that broke has let go already.
      await sql`select pg_advisory_unlock(${rebuildLock})`.execute(lock).catch(() => undefined);
    }
  });
}
