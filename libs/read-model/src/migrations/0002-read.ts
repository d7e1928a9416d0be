import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table read.groups (
      id text primary key,
      partition text not null,
      seq bigint not null,
      generation integer not null,
      completed_generation integer not null,
      owner_fingerprint text not null,
      title text,
      processor text not null,
      row_count integer not null,
      counts json not null,
      blocked_reason text,
      created_at timestamptz not null,
      completed_at timestamptz,
      expires_at timestamptz,
      lifetime_ends_at timestamptz not null,
      expired_at timestamptz,
      header json not null
    )`.execute(db);
  await sql`create index groups_open on read.groups (created_at)
    where completed_generation < generation and expired_at is null`.execute(db);
  await sql`create index groups_by_owner on read.groups (owner_fingerprint, created_at desc, id)`.execute(db);
  await sql`create index groups_expiring on read.groups (expires_at) where expired_at is null`.execute(db);
  await sql`create index groups_lifetime on read.groups (lifetime_ends_at) where expired_at is null`.execute(db);
  await sql`create index groups_expired on read.groups (expired_at) where expired_at is not null`.execute(db);

  await sql`
    create table read.rows (
      group_id text not null,
      row_index integer not null,
      status text not null,
      attempt integer not null,
      run_id text,
      input json not null,
      run json,
      output json,
      refusal json,
      previous json,
      updated_seq bigint not null,
      primary key (group_id, row_index)
    )`.execute(db);
  await sql`create index rows_by_run on read.rows (run_id) where run_id is not null`.execute(db);

  await sql`
    create table read.staged_rows (
      seq bigint primary key,
      group_id text not null,
      batch_id text not null,
      first_row integer not null,
      row_count integer not null,
      inputs json not null,
      accepted_at timestamptz not null
    )`.execute(db);
  await sql`create index staged_rows_by_batch on read.staged_rows (group_id, batch_id)`.execute(db);
  await sql`create index staged_rows_by_age on read.staged_rows (accepted_at)`.execute(db);

  await sql`
    create table read.checkpoint (
      partition text primary key,
      incarnation text not null,
      seq bigint not null,
      fingerprint text,
      moved_at timestamptz not null default now()
    )`.execute(db);
  await sql`
    create table read.parked_events (
      partition text not null,
      seq bigint not null,
      group_id text not null,
      reason text not null,
      raw text not null,
      parked_at timestamptz not null default now(),
      primary key (partition, seq)
    )`.execute(db);
}
