/**
 * Version 1. What is searched for has a column, the rest of a record lies beside it as JSON. `place` is 1 for tasks that can be
 * claimed and 2 for those whose time has not come, so that a claim looks at neither blocked nor delayed tasks: indexes hold
 * nothing else, and finding the next task costs the same however many there are.
 */
export const schema = `
create table runs (
  id text primary key, namespace text not null, external_id text, status text not null, sealed integer not null,
  context_id text, last_turn integer not null, counts text not null, metadata text not null,
  created_at integer not null, updated_at integer not null
) strict, without rowid;
create index runs_by_time on runs (namespace, updated_at);
create index runs_by_change on runs (updated_at);
create index runs_unsealed on runs (updated_at) where sealed = 0 and status <> 'cancelled';
create index runs_by_external_id on runs (external_id, namespace) where external_id is not null;

create table run_deltas (
  run_id text not null, place text not null, change integer not null, primary key (run_id, place)
) strict, without rowid;

create table tasks (
  number integer primary key, id text not null unique, run_id text not null, namespace text not null, key text,
  kind text not null, status text not null, dead integer not null, priority integer not null, place integer not null,
  turn integer not null, not_before integer, ends_at integer, body text not null
) strict;
create unique index tasks_by_key on tasks (run_id, key) where key is not null;
create index tasks_by_run on tasks (run_id, number);
create index tasks_open on tasks (run_id, number) where status not in ('completed', 'failed', 'cancelled', 'skipped');
create index tasks_queued on tasks (number) where status = 'queued';
create index tasks_ready on tasks (priority desc, turn, number) where place = 1;
create index tasks_ready_by_kind on tasks (kind, priority desc, turn, number) where place = 1;
create index tasks_ready_of_namespace on tasks (namespace, priority desc, turn, number) where place = 1;
create index tasks_ready_of_namespace_by_kind on tasks (namespace, kind, priority desc, turn, number) where place = 1;
create index tasks_delayed on tasks (not_before) where place = 2;
create index tasks_held on tasks (ends_at) where ends_at is not null;
create index tasks_dead on tasks (number desc) where dead = 1;

create table edges (
  dependency_id text not null, dependent_id text not null, primary key (dependency_id, dependent_id)
) strict, without rowid;
create table untold (task_id text primary key) strict, without rowid;

create table attempts (lease_id text primary key, task_id text not null, body text not null) strict, without rowid;
create index attempts_by_task on attempts (task_id);
create table snapshots (number integer primary key, id text not null unique, run_id text not null, body text not null) strict;
create index snapshots_by_run on snapshots (run_id, number);
create table events (
  id integer primary key autoincrement, run_id text not null, task_id text, type text not null, at integer not null,
  data text not null
) strict;
create index events_by_run on events (run_id, id);
create index events_of_pruned_runs on events (at) where type = 'run.pruned';
create table answers (
  scope text not null, token text not null, fingerprint text not null, refs text not null, at integer not null,
  primary key (scope, token)
) strict, without rowid;
create index answers_by_time on answers (at);
create table turn (current integer not null) strict;
insert into turn values (0);
pragma user_version = 1;
`;

export const schemaVersion = 1;
