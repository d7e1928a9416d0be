import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table vault.secrets (
      id uuid primary key,
      purpose text not null,
      subject text,
      key_id text not null,
      wrapped_key bytea not null,
      nonce bytea not null,
      ciphertext bytea not null,
      created_at timestamptz not null default now(),
      bound_at timestamptz
    )`.execute(db);
  await sql`create index secrets_by_subject on vault.secrets (subject) where subject is not null`.execute(db);
  await sql`create index secrets_unbound on vault.secrets (created_at) where bound_at is null`.execute(db);

  await sql`
    create table idempotency.requests (
      id text primary key,
      body_hash text not null,
      state text not null check (state in ('in_progress', 'done')),
      steps json not null,
      answer json,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      locked_until timestamptz
    )`.execute(db);
  await sql`create index requests_by_age on idempotency.requests (created_at)`.execute(db);

  await sql`
    create table pacing.budgets (
      fingerprint text not null,
      budget text not null,
      tat timestamptz not null,
      primary key (fingerprint, budget)
    )`.execute(db);
}
