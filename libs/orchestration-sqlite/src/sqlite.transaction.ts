import type {
  ClaimFilter,
  Dependent,
  OrchestrationTransaction,
  PruneFilter,
  RunRecord,
  StoredAnswer,
  Task,
} from '@multitask/orchestration';
import { addCounts } from '@multitask/orchestration';
import { attemptOf, runOf, snapshotOf, taskOf } from './records';
import { saveChanges } from './save.changes';
import { marks, type Statements } from './statements';

const isReady = 'place = 1';
const order = 'priority desc, turn, number';

/** One write transaction on one file: nobody else writes meanwhile, so every read is a read for change. */
export class SqliteTransaction implements OrchestrationTransaction {
  constructor(
    private readonly sql: Statements,
    readonly now: number,
  ) {}

  async runs(ids: readonly string[]): Promise<ReadonlyMap<string, RunRecord>> {
    const found = await Promise.all(ids.map((id) => this.runForChange(id)));
    return new Map(found.filter((run) => run !== undefined).map((run) => [run.id, run]));
  }

  async runForChange(id: string): Promise<RunRecord | undefined> {
    const row = this.sql.one('select * from runs where id = ?', id);
    return row && runOf(row);
  }

  async settledRun(id: string): Promise<RunRecord | undefined> {
    const run = await this.runForChange(id);
    if (!run) return undefined;
    const rows = this.sql.all('select place, change from run_deltas where run_id = ?', id);
    if (rows.length === 0) return run;
    const counts = addCounts(run.counts, Object.fromEntries(rows.map(({ place, change }) => [place, change])));
    this.sql.run('delete from run_deltas where run_id = ?', id);
    this.sql.run('update runs set counts = ? where id = ?', JSON.stringify(counts), id);
    return { ...run, counts };
  }

  async unsettledRuns(limit: number): Promise<string[]> {
    return this.sql.all('select distinct run_id from run_deltas limit ?', limit).map((row) => row.run_id as string);
  }

  async idleRuns(since: number, limit: number): Promise<string[]> {
    const query = `select id from runs r where sealed = 0 and status <> 'cancelled' and updated_at < ?
      and not exists (select 1 from run_deltas where run_id = r.id)
      and not exists (select 1 from tasks where run_id = r.id and status not in ('completed', 'failed', 'cancelled', 'skipped'))
      order by updated_at limit ?`;
    return this.sql.all(query, since, limit).map((row) => row.id as string);
  }

  async activate(runIds: readonly string[]): Promise<string[]> {
    const activate = `update runs set status = 'active', updated_at = ? where id = ? and status not in ('active', 'cancelled')`;
    return runIds.filter((id) => this.sql.run(activate, this.now, id) > 0);
  }

  async peek(ids: readonly string[]): Promise<ReadonlyMap<string, Task>> {
    return this.tasks(ids);
  }

  async tasks(ids: readonly string[]): Promise<ReadonlyMap<string, Task>> {
    const tasks = ids.flatMap((id) => {
      const row = this.sql.one('select body from tasks where id = ?', id);
      return row ? [taskOf(row)] : [];
    });
    return new Map(tasks.map((task) => [task.id, task]));
  }

  async taskIdsByKey(runId: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const key of keys) {
      const row = this.sql.one('select id from tasks where run_id = ? and key = ?', runId, key);
      if (row) found.set(key, row.id as string);
    }
    return found;
  }

  async awaited(taskIds: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(
      taskIds.filter((id) => this.sql.one('select 1 from edges where dependency_id = ? limit 1', id) !== undefined),
    );
  }

  async dependentsOf(taskIds: readonly string[], limit: number): Promise<Dependent[]> {
    const dependencies = new Map<string, string[]>();
    for (const id of taskIds) {
      // The limit counts tasks; one more edge of a task that is in already does no harm.
      const room = limit - dependencies.size;
      if (room <= 0) break;
      for (const { dependent_id } of this.sql.all(
        'select dependent_id from edges where dependency_id = ? limit ?',
        id,
        room,
      )) {
        const known = dependencies.get(dependent_id as string);
        if (known) known.push(id);
        else dependencies.set(dependent_id as string, [id]);
      }
    }
    const tasks = await this.tasks([...dependencies.keys()]);
    return [...dependencies].map(([id, dependencyIds]) => ({ task: tasks.get(id)!, dependencyIds }));
  }

  async ready({ namespace, kinds }: ClaimFilter, limit: number): Promise<Task[]> {
    this.sql.run('update tasks set place = 1 where place = 2 and not_before <= ?', this.now);
    const rows =
      kinds.length > 0
        ? kinds.flatMap((kind) => this.readyOf(namespace, kind, limit))
        : this.readyOf(namespace, undefined, limit);
    const sorted = rows
      .sort((a, b) => b.priority - a.priority || a.turn - b.turn || a.number - b.number)
      .slice(0, limit);
    const last = sorted.at(-1);
    if (last) this.sql.run('update turn set current = max(current, ?)', Math.max(...sorted.map(({ turn }) => turn)));
    return sorted.map(({ task }) => task);
  }

  private readyOf(namespace: string | undefined, kind: string | undefined, limit: number) {
    const filters = [namespace === undefined ? [] : ['namespace = ?'], kind === undefined ? [] : ['kind = ?']].flat();
    const where = [...filters, isReady].join(' and ');
    const values = [namespace, kind].filter((value) => value !== undefined);
    const query = `select priority, turn, number, body from tasks where ${where} order by ${order} limit ?`;
    return this.sql.all(query, ...values, limit).map((row) => ({
      priority: row.priority as number,
      turn: row.turn as number,
      number: row.number as number,
      task: taskOf(row),
    }));
  }

  async overdue(by: number, limit: number): Promise<Task[]> {
    const query = 'select body from tasks where ends_at is not null and ends_at <= ? order by ends_at limit ?';
    return this.sql.all(query, by, limit).map(taskOf);
  }

  async openTasks(runId: string, limit: number): Promise<Task[]> {
    const open = `status not in ('completed', 'failed', 'cancelled', 'skipped')`;
    return this.sql
      .all(`select body from tasks where run_id = ? and ${open} order by number limit ?`, runId, limit)
      .map(taskOf);
  }

  async untold(limit: number): Promise<string[]> {
    return this.sql.all('select task_id from untold limit ?', limit).map((row) => row.task_id as string);
  }

  async told(taskIds: readonly string[]): Promise<void> {
    for (const id of taskIds) this.sql.run('delete from untold where task_id = ?', id);
  }

  async prunable({ namespace, statuses, olderThan }: PruneFilter, limit: number): Promise<string[]> {
    const where = ['updated_at < ?', `status in (${marks(statuses.length)})`];
    const values: (string | number)[] = [olderThan, ...statuses];
    if (namespace !== undefined) {
      where.push('namespace = ?');
      values.push(namespace);
    }
    const query = `select id from runs where ${where.join(' and ')} order by updated_at limit ?`;
    return this.sql.all(query, ...values, limit).map((row) => row.id as string);
  }

  async removeRun(id: string): Promise<void> {
    const ofRun = 'select id from tasks where run_id = ?';
    for (const table of ['attempts', 'untold']) this.sql.run(`delete from ${table} where task_id in (${ofRun})`, id);
    this.sql.run(`delete from edges where dependency_id in (${ofRun})`, id);
    for (const table of ['tasks', 'run_deltas', 'snapshots', 'events'])
      this.sql.run(`delete from ${table} where run_id = ?`, id);
    this.sql.run('delete from runs where id = ?', id);
  }

  async forget(before: { readonly answers: number; readonly prunedRuns: number }): Promise<void> {
    this.sql.run('delete from answers where at < ?', before.answers);
    this.sql.run(`delete from events where type = 'run.pruned' and at < ?`, before.prunedRuns);
  }

  /** Nobody else writes meanwhile. */
  async reserve(): Promise<void> {}

  async currentTurn(): Promise<number> {
    return this.sql.one('select current from turn')!.current as number;
  }

  async attempts(leaseIds: readonly string[]) {
    const found = leaseIds.flatMap((id) => {
      const row = this.sql.one('select body from attempts where lease_id = ?', id);
      return row ? [attemptOf(row)] : [];
    });
    return new Map(found.map((attempt) => [attempt.leaseId, attempt]));
  }

  async snapshot(id: string) {
    const row = this.sql.one('select body from snapshots where id = ?', id);
    return row && snapshotOf(row);
  }

  async answers(calls: readonly Pick<StoredAnswer, 'scope' | 'token'>[]): Promise<StoredAnswer[]> {
    return calls.flatMap(({ scope, token }) => {
      const row = this.sql.one('select fingerprint, refs from answers where scope = ? and token = ?', scope, token);
      if (!row) return [];
      return [{ scope, token, fingerprint: row.fingerprint as string, refs: JSON.parse(row.refs as string) as never }];
    });
  }

  async save(changes: Parameters<OrchestrationTransaction['save']>[0]): Promise<void> {
    saveChanges(this.sql, changes, this.now);
  }
}
