import { sql, type Kysely } from 'kysely';

/** Any number, as long as it is always the same and nobody else's: one process migrates, the others wait. */
const migrationLock = 7_041_777;

/** `place` and `ends_at` as in the store of one file: indexes hold what can be claimed or may run out, and nothing else. */
const statements = [
  'create schema if not exists orchestration',
  `create table if not exists orchestration.runs (
     id text primary key, namespace text not null, external_id text, status text not null, sealed boolean not null,
     context_id text, last_turn bigint not null, counts json not null, metadata json not null,
     created_at timestamptz not null, updated_at timestamptz not null)`,
  'create index if not exists runs_by_time on orchestration.runs (namespace, updated_at)',
  `create index if not exists runs_unsealed on orchestration.runs (updated_at) where not sealed and status <> 'cancelled'`,
  'create index if not exists runs_by_change on orchestration.runs (updated_at)',
  `create index if not exists runs_by_external_id on orchestration.runs (external_id, namespace) where external_id is not null`,
  `create table if not exists orchestration.run_deltas (
     number bigint generated always as identity primary key, run_id text not null, counts json not null)`,
  'create index if not exists run_deltas_by_run on orchestration.run_deltas (run_id)',
  `create table if not exists orchestration.tasks (
     number bigint generated always as identity, id text primary key, run_id text not null,
     namespace text not null, key text, kind text not null, status text not null, dead boolean not null,
     priority int not null, place smallint not null, turn bigint not null, not_before timestamptz, ends_at timestamptz,
     body json not null) with (fillfactor = 80)`,
  'create unique index if not exists tasks_by_key on orchestration.tasks (run_id, key) where key is not null',
  'create index if not exists tasks_by_run on orchestration.tasks (run_id, number)',
  `create index if not exists tasks_open on orchestration.tasks (run_id, number)
     where status not in ('completed', 'failed', 'cancelled', 'skipped')`,
  `create index if not exists tasks_queued on orchestration.tasks (number) where status = 'queued'`,
  `create index if not exists tasks_ready on orchestration.tasks (priority desc, turn, number) where place = 1`,
  `create index if not exists tasks_ready_by_kind on orchestration.tasks (kind, priority desc, turn, number) where place = 1`,
  `create index if not exists tasks_ready_of_namespace
     on orchestration.tasks (namespace, priority desc, turn, number) where place = 1`,
  `create index if not exists tasks_ready_of_namespace_by_kind
     on orchestration.tasks (namespace, kind, priority desc, turn, number) where place = 1`,
  'create index if not exists tasks_delayed on orchestration.tasks (not_before) where place = 2',
  'create index if not exists tasks_held on orchestration.tasks (ends_at) where ends_at is not null',
  'create index if not exists tasks_dead on orchestration.tasks (number desc) where dead',
  `create table if not exists orchestration.edges (
     dependency_id text not null, dependent_id text not null, primary key (dependency_id, dependent_id))`,
  'create table if not exists orchestration.untold (task_id text primary key)',
  `create table if not exists orchestration.attempts (
     lease_id text primary key, task_id text not null, status text not null, ended_at timestamptz,
     body json not null) with (fillfactor = 80)`,
  'create index if not exists attempts_by_task on orchestration.attempts (task_id)',
  `create table if not exists orchestration.snapshots (
     number bigint generated always as identity primary key, id text not null unique, run_id text not null,
     body json not null)`,
  'create index if not exists snapshots_by_run on orchestration.snapshots (run_id, number)',
  // `xid` tells readers by id which events may still be preceded by one that is not committed yet.
  `create table if not exists orchestration.events (
     id bigint generated always as identity primary key, run_id text not null, task_id text, type text not null,
     at timestamptz not null, data json not null, xid xid8 not null default pg_current_xact_id(), published_at timestamptz)`,
  'create index if not exists events_by_run on orchestration.events (run_id, id)',
  `create index if not exists events_of_pruned_runs on orchestration.events (at) where type = 'run.pruned'`,
  'create index if not exists events_unpublished on orchestration.events (id) where published_at is null',
  `create table if not exists orchestration.answers (
     scope text not null, token text not null, fingerprint text not null, refs json not null, at timestamptz not null,
     primary key (scope, token))`,
  'create index if not exists answers_by_time on orchestration.answers (at)',
  // Turns only keep runs from starving one another: a number that nobody locks is good enough.
  'create sequence if not exists orchestration.turn minvalue 0 start 0',
];

/** Makes what is missing; any number of processes may do it at once. */
export async function migrateOrchestration(db: Kysely<unknown>): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(trx);
    for (const statement of statements) await sql.raw(statement).execute(trx);
  });
}
