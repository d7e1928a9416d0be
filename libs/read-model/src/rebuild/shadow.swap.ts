import { sql, type Kysely, type Transaction } from 'kysely';
import type { Database } from '../tables/database.table';
import { mergeJobs } from './job.merge';
import { dropShadow, replacedSchema, shadows, tablesOf } from './shadow.schema';

/**
 * Who cannot have the locks by then lets go of those it has and comes again: writers wait for as long, twice at most. Below
 * Postgres' own deadlock_timeout of 1 s.
 */
const lockTimeoutMs = 300;
const lockNotAvailable = '55P03';

export interface SwapSteps {
  /** Called while no checkpoint can move: brings the shadow to exactly the positions of `read`. */
  catchUp(): Promise<void>;
  /** Called in the transaction of the swap; what it throws leaves everything as it was. */
  atSwap?(trx: Transaction<Database>): Promise<void>;
}

/**
 * Puts the shadow in the place of `read`, atomically for every statement and every transaction that reads; what was `read`
 * stays as `read_old`. False when readers or writers were in the way for so long that everything was left as it was.
 *
 * Names are looked up one after the other within a statement. With every table of both locked, a statement that found one of
 * the old tables holds up the swap, and one that comes later waits and looks its names up again.
 */
export async function swapShadow(db: Kysely<Database>, steps: SwapSteps): Promise<boolean> {
  try {
    await db.transaction().execute(async (trx) => {
      await sql`set local lock_timeout = ${sql.lit(lockTimeoutMs)}`.execute(trx);
      // Writers wait, readers do not.
      await sql`lock table read.checkpoint in share row exclusive mode`.execute(trx);
      await steps.catchUp();
      const tables = [
        ...(await tablesOf(trx, 'read')).map((name) => `read.${name}`),
        ...(await tablesOf(trx, shadows.read)).map((name) => `${shadows.read}.${name}`),
      ];
      await sql`lock table ${sql.join(tables.map((name) => sql.table(name)))} in access exclusive mode`.execute(trx);
      await sql`alter schema read rename to ${sql.id(replacedSchema)}`.execute(trx);
      await sql`alter schema ${sql.id(shadows.read)} rename to read`.execute(trx);
      await mergeJobs(trx);
      await steps.atSwap?.(trx);
    });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === lockNotAvailable) return false;
    throw error;
  }
}

/** What the swap left behind. */
export const forgetReplaced = dropShadow;
