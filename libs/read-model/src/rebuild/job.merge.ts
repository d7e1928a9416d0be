import { sql, type Kysely } from 'kysely';
import type { Database } from '../tables/database.table';
import { shadows } from './shadow.schema';

/**
 * Adds the jobs that the log says there should be and that are not there: completions less what was delivered or given up. Jobs
 * that are there stay as they are: they know of claims, of attempts under way and of deliveries an owner asked for again, and
 * their ids are in the notifier's hands.
 */
export async function mergeJobs(db: Kysely<Database>): Promise<number> {
  const columns = sql.raw(
    'kind, group_id, generation, attempt, started_at, due_at, done_at, credential_id, counts, completed_at, endpoint',
  );
  const added = await sql`
    insert into notify.jobs (${columns})
    select ${columns} from ${sql.table(`${shadows.notify}.jobs`)}
    on conflict (group_id, kind, generation) do nothing`.execute(db);
  return Number(added.numAffectedRows ?? 0);
}
