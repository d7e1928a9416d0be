import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table notify.jobs (
      id bigint generated always as identity primary key,
      kind text not null check (kind in ('completed', 'webhook', 'purge')),
      group_id text not null,
      generation integer not null,
      attempt integer not null default 0,
      started_at timestamptz,
      due_at timestamptz not null,
      claimed_until timestamptz,
      done_at timestamptz,
      unique (group_id, kind, generation)
    )`.execute(db);
  await sql`create index jobs_due on notify.jobs (due_at) where done_at is null`.execute(db);
}
