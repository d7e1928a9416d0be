import { sql, type Kysely } from 'kysely';

/** What a job needs of the moment it was made, so that a later generation cannot change what is told or forgotten. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table notify.jobs
      add column credential_id text,
      add column counts json,
      add column completed_at timestamptz,
      add column endpoint text,
      drop constraint jobs_kind_check,
      add constraint jobs_kind_check check (kind in ('completed', 'webhook', 'expire', 'purge'))`.execute(db);
}
