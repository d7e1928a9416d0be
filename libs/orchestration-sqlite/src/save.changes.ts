import { countsDelta, isEnd, type ChangeSet, type TaskWrite } from '@multitask/orchestration';
import { runValues, taskValues } from './records';
import type { Statements } from './statements';

/** Writes one change. Runs come with their counts; what a task's change does to them lies beside as a delta. */
export function saveChanges(sql: Statements, changes: ChangeSet, now: number): void {
  for (const run of changes.runs ?? []) {
    const values = runValues(run);
    const names = Object.keys(values);
    sql.run(
      `insert or replace into runs (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`,
      ...Object.values(values),
    );
  }
  for (const write of changes.tasks ?? []) saveTask(sql, write, now);
  for (const attempt of changes.attempts ?? [])
    sql.run(
      'insert into attempts (lease_id, task_id, body) values (?, ?, ?)',
      attempt.leaseId,
      attempt.taskId,
      JSON.stringify(attempt),
    );
  for (const { leaseId, status, endedAt } of changes.attemptMoves ?? [])
    sql.run(
      `update attempts set body = json_set(body, '$.status', ?, '$.endedAt', ?) where lease_id = ?`,
      status,
      endedAt,
      leaseId,
    );
  for (const snapshot of changes.snapshots ?? [])
    sql.run(
      'insert into snapshots (id, run_id, body) values (?, ?, ?)',
      snapshot.id,
      snapshot.runId,
      JSON.stringify(snapshot),
    );
  for (const { dependentId, dependencyId } of changes.told ?? [])
    sql.run('delete from edges where dependency_id = ? and dependent_id = ?', dependencyId, dependentId);
  for (const id of changes.untold ?? []) sql.run('insert or ignore into untold (task_id) values (?)', id);
  for (const { runId, taskId, type, data } of changes.facts ?? [])
    sql.run(
      'insert into events (run_id, task_id, type, at, data) values (?, ?, ?, ?, ?)',
      runId,
      taskId,
      type,
      now,
      JSON.stringify(data),
    );
  for (const { scope, token, fingerprint, refs } of changes.answers ?? [])
    sql.run(
      'insert or replace into answers (scope, token, fingerprint, refs, at) values (?, ?, ?, ?, ?)',
      scope,
      token,
      fingerprint,
      JSON.stringify(refs),
      now,
    );
}

function saveTask(sql: Statements, { before, after, turn }: TaskWrite, now: number): void {
  const { id, ...values } = taskValues(after, now);
  if (before) {
    const names = Object.keys(values);
    const set = [...names.map((name) => `${name} = ?`), 'turn = coalesce(?, turn)'].join(', ');
    sql.run(`update tasks set ${set} where id = ?`, ...Object.values(values), turn ?? null, id);
  } else {
    const { namespace } = sql.one('select namespace from runs where id = ?', after.runId)!;
    const all = { id, ...values, namespace: namespace as string, turn: turn ?? 0 };
    const names = Object.keys(all);
    sql.run(
      `insert into tasks (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`,
      ...Object.values(all),
    );
    if (!isEnd(after.status))
      for (const dependency of after.dependsOnTaskIds)
        sql.run('insert or ignore into edges (dependency_id, dependent_id) values (?, ?)', dependency, id);
  }
  for (const [place, change] of Object.entries(countsDelta(before, after)))
    sql.run(
      `insert into run_deltas (run_id, place, change) values (?, ?, ?)
       on conflict (run_id, place) do update set change = change + excluded.change`,
      after.runId,
      place,
      change!,
    );
}
