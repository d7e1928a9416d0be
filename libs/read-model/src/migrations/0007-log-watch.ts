import { sql, type Kysely } from 'kysely';

/**
 * What was last seen at the end of the log, and what was done when it was found set back (docs/adr/0010). Truth of its own: a
 * rebuild of `read` leaves it alone.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create schema if not exists log`.execute(db);
  await sql`
    create table log.witness (
      partition text primary key,
      incarnation text not null,
      seq bigint not null,
      fingerprint text not null,
      seen_at timestamptz not null default now()
    )`.execute(db);
  await sql`
    create table log.repairs (
      id bigint generated always as identity primary key,
      reason text not null,
      noticed_at timestamptz not null default now(),
      done_at timestamptz,
      report json
    )`.execute(db);
  await sql`create unique index repairs_open on log.repairs ((true)) where done_at is null`.execute(db);
}
