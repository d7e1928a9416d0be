import { addCounts, countsDelta, isEnd, placeOf, type ChangeSet, type RunCounts } from '@multitask/orchestration';
import { sql, type RawBuilder } from 'kysely';
import { endsAtOf, timeOf, timeOrNull } from './records';

type Say = (statement: RawBuilder<unknown>) => void;

/** Writes one change; what most changes are made of goes in one statement, whatever the number of records. */
export function saveChanges(say: Say, changes: ChangeSet, now: number): void {
  saveRuns(say, changes.runs ?? []);
  saveTogether(say, [
    ...tasksOf(changes.tasks ?? [], now),
    ...deltasOf(changes.tasks ?? []),
    ...attemptsOf(changes),
    ...factsOf(changes.facts ?? [], now),
  ]);
  saveSnapshots(say, changes.snapshots ?? []);
  saveEdges(say, changes);
  for (const { scope, token, fingerprint, refs } of changes.answers ?? [])
    say(sql`insert into orchestration.answers (scope, token, fingerprint, refs, at)
      values (${scope}, ${token}, ${fingerprint}, ${JSON.stringify(refs)}, ${timeOf(now)})
      on conflict (scope, token) do update set fingerprint = excluded.fingerprint, refs = excluded.refs`);
}

/** A statement by its own name; none of them looks at what another one writes. */
type Part = RawBuilder<unknown>;

/** One round trip for all of them: to a database nearby that costs as much as what they do. */
function saveTogether(say: Say, parts: readonly Part[]): void {
  if (parts.length > 0) say(sql`with ${sql.join(parts, sql`, `)} select 1`);
}

function saveRuns(say: Say, runs: NonNullable<ChangeSet['runs']>): void {
  for (const run of runs)
    say(sql`insert into orchestration.runs
      (id, namespace, external_id, status, sealed, context_id, last_turn, counts, metadata, created_at, updated_at)
      values (${run.id}, ${run.namespace}, ${run.externalId}, ${run.status}, ${run.sealed}, ${run.currentContextSnapshotId},
        ${run.lastTurn}, ${JSON.stringify(run.counts)}, ${JSON.stringify(run.metadata)}, ${timeOf(run.createdAt)},
        ${timeOf(run.updatedAt)})
      on conflict (id) do update set status = excluded.status, sealed = excluded.sealed, context_id = excluded.context_id,
        last_turn = excluded.last_turn, counts = excluded.counts, metadata = excluded.metadata,
        updated_at = excluded.updated_at`);
}

function tasksOf(writes: NonNullable<ChangeSet['tasks']>, now: number): Part[] {
  const changed = writes.filter(({ before }) => before !== undefined);
  const added = writes.filter(({ before }) => before === undefined);
  const column = <T>(from: typeof writes, pick: (write: (typeof writes)[number]) => T): T[] => from.map(pick);
  const parts: Part[] = [];
  if (changed.length > 0)
    parts.push(sql`changed as (
      update orchestration.tasks t set status = c.status, dead = c.dead, priority = c.priority, place = c.place,
        turn = coalesce(c.turn, t.turn), not_before = c.not_before, ends_at = c.ends_at, body = c.body
      from unnest(${column(changed, ({ after }) => after.id)}::text[], ${column(changed, ({ after }) => after.status)}::text[],
        ${column(changed, ({ after }) => after.dead)}::boolean[], ${column(changed, ({ after }) => after.priority)}::int[],
        ${column(changed, ({ after }) => placeOf(after, now))}::smallint[], ${column(changed, ({ turn }) => turn ?? null)}::bigint[],
        ${column(changed, ({ after }) => timeOrNull(after.notBefore))}::timestamptz[],
        ${column(changed, ({ after }) => endsAtOf(after))}::timestamptz[],
        ${column(changed, ({ after }) => JSON.stringify(after))}::json[])
        as c(id, status, dead, priority, place, turn, not_before, ends_at, body)
      where t.id = c.id)`);
  if (added.length > 0)
    parts.push(sql`added as (
      insert into orchestration.tasks
        (id, run_id, namespace, key, kind, status, dead, priority, place, turn, not_before, ends_at, body)
      select c.id, c.run_id, r.namespace, c.key, c.kind, c.status, false, c.priority, c.place, coalesce(c.turn, 0),
        c.not_before, null, c.body
      from unnest(${column(added, ({ after }) => after.id)}::text[], ${column(added, ({ after }) => after.runId)}::text[],
        ${column(added, ({ after }) => after.key)}::text[], ${column(added, ({ after }) => after.kind)}::text[],
        ${column(added, ({ after }) => after.status)}::text[], ${column(added, ({ after }) => after.priority)}::int[],
        ${column(added, ({ after }) => placeOf(after, now))}::smallint[], ${column(added, ({ turn }) => turn ?? null)}::bigint[],
        ${column(added, ({ after }) => timeOrNull(after.notBefore))}::timestamptz[],
        ${column(added, ({ after }) => JSON.stringify(after))}::json[])
        with ordinality as c(id, run_id, key, kind, status, priority, place, turn, not_before, body, place_in_order)
      join orchestration.runs r on r.id = c.run_id order by c.place_in_order)`);
  return parts;
}

/** One row a run: no change of a task waits for another one's. */
function deltasOf(writes: NonNullable<ChangeSet['tasks']>): Part[] {
  const deltas = new Map<string, RunCounts[]>();
  for (const { before, after } of writes) {
    const ofRun = deltas.get(after.runId) ?? [];
    if (ofRun.length === 0) deltas.set(after.runId, ofRun);
    ofRun.push(countsDelta(before, after));
  }
  const sums = [...deltas].map(([runId, ofRun]) => [runId, addCounts(...ofRun)] as const);
  const moved = sums.filter(([, delta]) => Object.keys(delta).length > 0);
  if (moved.length === 0) return [];
  return [
    sql`deltas as (
      insert into orchestration.run_deltas (run_id, counts)
      select * from unnest(${moved.map(([id]) => id)}::text[], ${moved.map(([, delta]) => JSON.stringify(delta))}::json[]))`,
  ];
}

function attemptsOf({ attempts = [], attemptMoves = [] }: ChangeSet): Part[] {
  const parts: Part[] = [];
  if (attempts.length > 0)
    parts.push(sql`begun as (
      insert into orchestration.attempts (lease_id, task_id, status, ended_at, body)
      select * from unnest(${attempts.map(({ leaseId }) => leaseId)}::text[], ${attempts.map(({ taskId }) => taskId)}::text[],
        ${attempts.map(({ status }) => status)}::text[], ${attempts.map(({ endedAt }) => timeOrNull(endedAt))}::timestamptz[],
        ${attempts.map((attempt) => JSON.stringify(attempt))}::json[]))`);
  if (attemptMoves.length > 0)
    parts.push(sql`gone_on as (
      update orchestration.attempts a set status = c.status, ended_at = c.ended_at
      from unnest(${attemptMoves.map(({ leaseId }) => leaseId)}::text[], ${attemptMoves.map(({ status }) => status)}::text[],
        ${attemptMoves.map(({ endedAt }) => timeOrNull(endedAt))}::timestamptz[]) as c(lease_id, status, ended_at)
      where a.lease_id = c.lease_id)`);
  return parts;
}

function saveSnapshots(say: Say, snapshots: NonNullable<ChangeSet['snapshots']>): void {
  for (const snapshot of snapshots)
    say(sql`insert into orchestration.snapshots (id, run_id, body)
      values (${snapshot.id}, ${snapshot.runId}, ${JSON.stringify(snapshot)})`);
}

function saveEdges(say: Say, { tasks = [], told = [], untold = [] }: ChangeSet): void {
  const edges = tasks
    .filter(({ before, after }) => before === undefined && !isEnd(after.status))
    .flatMap(({ after }) => after.dependsOnTaskIds.map((dependency) => [dependency, after.id] as const));
  if (edges.length > 0)
    say(sql`insert into orchestration.edges (dependency_id, dependent_id)
      select * from unnest(${edges.map(([dependency]) => dependency)}::text[], ${edges.map(([, id]) => id)}::text[])
      on conflict do nothing`);
  if (told.length > 0)
    say(sql`delete from orchestration.edges e
      using unnest(${told.map(({ dependencyId }) => dependencyId)}::text[], ${told.map(({ dependentId }) => dependentId)}::text[])
        as c(dependency_id, dependent_id)
      where e.dependency_id = c.dependency_id and e.dependent_id = c.dependent_id`);
  if (untold.length > 0)
    say(sql`insert into orchestration.untold (task_id) select * from unnest(${[...untold]}::text[])
      on conflict do nothing`);
}

function factsOf(facts: NonNullable<ChangeSet['facts']>, now: number): Part[] {
  if (facts.length === 0) return [];
  return [
    sql`facts as (
      insert into orchestration.events (run_id, task_id, type, at, data)
      select run_id, task_id, type, ${timeOf(now)}::timestamptz, data
      from unnest(${facts.map(({ runId }) => runId)}::text[], ${facts.map(({ taskId }) => taskId)}::text[],
        ${facts.map(({ type }) => type)}::text[], ${facts.map(({ data }) => JSON.stringify(data))}::json[])
        with ordinality as c(run_id, task_id, type, data, place_in_order)
      order by c.place_in_order)`,
  ];
}
