import { addCounts, countsDelta, isEnd, placeOf, type ChangeSet, type RunCounts } from '@multitask/orchestration';
import { sql, type Kysely } from 'kysely';
import { endsAtOf, timeOf, timeOrNull } from './records';

type Db = Kysely<unknown>;

/** Writes one change with one statement for each table that has something, whatever the number of records. */
export async function saveChanges(db: Db, changes: ChangeSet, now: number): Promise<void> {
  await saveRuns(db, changes.runs ?? []);
  await saveTasks(db, changes.tasks ?? [], now);
  await saveDeltas(db, changes.tasks ?? []);
  await saveAttempts(db, changes.attempts ?? []);
  await saveSnapshots(db, changes.snapshots ?? []);
  await saveEdges(db, changes);
  await saveFacts(db, changes.facts ?? [], now);
  for (const { scope, token, fingerprint, refs } of changes.answers ?? [])
    await sql`insert into orchestration.answers (scope, token, fingerprint, refs, at)
      values (${scope}, ${token}, ${fingerprint}, ${JSON.stringify(refs)}, ${timeOf(now)})
      on conflict (scope, token) do update set fingerprint = excluded.fingerprint, refs = excluded.refs`.execute(db);
}

async function saveRuns(db: Db, runs: NonNullable<ChangeSet['runs']>): Promise<void> {
  for (const run of runs)
    await sql`insert into orchestration.runs
      (id, namespace, external_id, status, sealed, context_id, last_turn, counts, metadata, created_at, updated_at)
      values (${run.id}, ${run.namespace}, ${run.externalId}, ${run.status}, ${run.sealed}, ${run.currentContextSnapshotId},
        ${run.lastTurn}, ${JSON.stringify(run.counts)}, ${JSON.stringify(run.metadata)}, ${timeOf(run.createdAt)},
        ${timeOf(run.updatedAt)})
      on conflict (id) do update set status = excluded.status, sealed = excluded.sealed, context_id = excluded.context_id,
        last_turn = excluded.last_turn, counts = excluded.counts, metadata = excluded.metadata,
        updated_at = excluded.updated_at`.execute(db);
}

async function saveTasks(db: Db, writes: NonNullable<ChangeSet['tasks']>, now: number): Promise<void> {
  const changed = writes.filter(({ before }) => before !== undefined);
  const column = <T>(from: typeof writes, pick: (write: (typeof writes)[number]) => T): T[] => from.map(pick);
  if (changed.length > 0)
    await sql`update orchestration.tasks t set status = c.status, dead = c.dead, priority = c.priority, place = c.place,
        turn = coalesce(c.turn, t.turn), not_before = c.not_before, ends_at = c.ends_at, body = c.body
      from unnest(${column(changed, ({ after }) => after.id)}::text[], ${column(changed, ({ after }) => after.status)}::text[],
        ${column(changed, ({ after }) => after.dead)}::boolean[], ${column(changed, ({ after }) => after.priority)}::int[],
        ${column(changed, ({ after }) => placeOf(after, now))}::smallint[], ${column(changed, ({ turn }) => turn ?? null)}::bigint[],
        ${column(changed, ({ after }) => timeOrNull(after.notBefore))}::timestamptz[],
        ${column(changed, ({ after }) => endsAtOf(after))}::timestamptz[],
        ${column(changed, ({ after }) => JSON.stringify(after))}::json[])
        as c(id, status, dead, priority, place, turn, not_before, ends_at, body)
      where t.id = c.id`.execute(db);
  const added = writes.filter(({ before }) => before === undefined);
  if (added.length > 0)
    await sql`insert into orchestration.tasks
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
      join orchestration.runs r on r.id = c.run_id order by c.place_in_order`.execute(db);
}

/** One row a run: no change of a task waits for another one's. */
async function saveDeltas(db: Db, writes: NonNullable<ChangeSet['tasks']>): Promise<void> {
  const deltas = new Map<string, RunCounts>();
  for (const { before, after } of writes)
    deltas.set(after.runId, addCounts(deltas.get(after.runId) ?? {}, countsDelta(before, after)));
  const moved = [...deltas].filter(([, delta]) => Object.keys(delta).length > 0);
  if (moved.length === 0) return;
  await sql`insert into orchestration.run_deltas (run_id, counts)
    select * from unnest(${moved.map(([id]) => id)}::text[], ${moved.map(([, delta]) => JSON.stringify(delta))}::json[])`.execute(
    db,
  );
}

async function saveAttempts(db: Db, attempts: NonNullable<ChangeSet['attempts']>): Promise<void> {
  if (attempts.length === 0) return;
  await sql`insert into orchestration.attempts (lease_id, task_id, body)
    select * from unnest(${attempts.map(({ leaseId }) => leaseId)}::text[], ${attempts.map(({ taskId }) => taskId)}::text[],
      ${attempts.map((attempt) => JSON.stringify(attempt))}::json[])
    on conflict (lease_id) do update set body = excluded.body`.execute(db);
}

async function saveSnapshots(db: Db, snapshots: NonNullable<ChangeSet['snapshots']>): Promise<void> {
  for (const snapshot of snapshots)
    await sql`insert into orchestration.snapshots (id, run_id, body)
      values (${snapshot.id}, ${snapshot.runId}, ${JSON.stringify(snapshot)})`.execute(db);
}

async function saveEdges(db: Db, { tasks = [], told = [], untold = [] }: ChangeSet): Promise<void> {
  const edges = tasks
    .filter(({ before, after }) => before === undefined && !isEnd(after.status))
    .flatMap(({ after }) => after.dependsOnTaskIds.map((dependency) => [dependency, after.id] as const));
  if (edges.length > 0)
    await sql`insert into orchestration.edges (dependency_id, dependent_id)
      select * from unnest(${edges.map(([dependency]) => dependency)}::text[], ${edges.map(([, id]) => id)}::text[])
      on conflict do nothing`.execute(db);
  if (told.length > 0)
    await sql`delete from orchestration.edges e
      using unnest(${told.map(({ dependencyId }) => dependencyId)}::text[], ${told.map(({ dependentId }) => dependentId)}::text[])
        as c(dependency_id, dependent_id)
      where e.dependency_id = c.dependency_id and e.dependent_id = c.dependent_id`.execute(db);
  if (untold.length > 0)
    await sql`insert into orchestration.untold (task_id) select * from unnest(${[...untold]}::text[])
      on conflict do nothing`.execute(db);
}

async function saveFacts(db: Db, facts: NonNullable<ChangeSet['facts']>, now: number): Promise<void> {
  if (facts.length === 0) return;
  await sql`insert into orchestration.events (run_id, task_id, type, at, data)
    select run_id, task_id, type, ${timeOf(now)}, data
    from unnest(${facts.map(({ runId }) => runId)}::text[], ${facts.map(({ taskId }) => taskId)}::text[],
      ${facts.map(({ type }) => type)}::text[], ${facts.map(({ data }) => JSON.stringify(data))}::json[])
      with ordinality as c(run_id, task_id, type, data, place_in_order)
    order by c.place_in_order`.execute(db);
}
