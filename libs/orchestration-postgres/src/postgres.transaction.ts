import {
  addCounts,
  type Attempt,
  type ClaimFilter,
  type ContextSnapshot,
  type Dependent,
  type OrchestrationTransaction,
  type PruneFilter,
  type RunCounts,
  type RunRecord,
  type StoredAnswer,
  type Task,
} from '@multitask/orchestration';
import { sql, type RawBuilder } from 'kysely';
import type { Conversation } from './conversation';
import { runColumns, runOf, timeOf, type RunRow } from './records';
import { saveChanges } from './save.changes';

type Body = { readonly body: Task };

/** One transaction; rows that are read for change are locked until its end, claims pass over what others have locked. */
export class PostgresTransaction implements OrchestrationTransaction {
  /** Of the tasks that were claimed in this transaction. */
  private readonly claimedRuns = new Map<string, RunRecord>();

  constructor(
    private readonly conversation: Conversation,
    readonly now: number,
  ) {}

  async runs(ids: readonly string[]): Promise<ReadonlyMap<string, RunRecord>> {
    if (ids.every((id) => this.claimedRuns.has(id))) return this.claimedRuns;
    const rows = await this.rows<RunRow>(sql`select ${runColumns} from orchestration.runs where id = any(${[...ids]})`);
    return new Map(rows.map((row) => [row.id, runOf(row)]));
  }

  async runForChange(id: string): Promise<RunRecord | undefined> {
    const [row] = await this.rows<RunRow>(
      sql`select ${runColumns} from orchestration.runs where id = ${id} for update`,
    );
    return row && runOf(row);
  }

  async settledRun(id: string): Promise<RunRecord | undefined> {
    const run = await this.runForChange(id);
    const deltas = await this.rows<{ counts: RunCounts }>(
      sql`delete from orchestration.run_deltas where run_id = ${id} returning counts`,
    );
    if (!run || deltas.length === 0) return run;
    const counts = addCounts(run.counts, ...deltas.map((delta) => delta.counts));
    await this.rows(sql`update orchestration.runs set counts = ${JSON.stringify(counts)} where id = ${id}`);
    return { ...run, counts };
  }

  async unsettledRuns(limit: number): Promise<string[]> {
    const rows = await this.rows<{ id: string }>(sql`
      select id from orchestration.runs
      where id in (select run_id from orchestration.run_deltas group by run_id order by min(number) limit ${limit})
      for update skip locked`);
    return rows.map(({ id }) => id);
  }

  async idleRuns(since: number, limit: number): Promise<string[]> {
    const rows = await this.rows<{ id: string }>(sql`
      select id from orchestration.runs r
      where not sealed and status <> 'cancelled' and updated_at < ${timeOf(since)}::timestamptz
        and not exists (select from orchestration.run_deltas where run_id = r.id)
        and not exists (select from orchestration.tasks
          where run_id = r.id and status not in ('completed', 'failed', 'cancelled', 'skipped'))
      order by updated_at limit ${limit} for update skip locked`);
    return rows.map(({ id }) => id);
  }

  async activate(runIds: readonly string[]): Promise<string[]> {
    const rows = await this.rows<{ id: string }>(sql`
      update orchestration.runs set status = 'active', updated_at = ${timeOf(this.now)}
      where id = any(${[...runIds]}) and status not in ('active', 'cancelled') returning id`);
    return rows.map(({ id }) => id);
  }

  async peek(ids: readonly string[]): Promise<ReadonlyMap<string, Task>> {
    return byId(await this.rows<Body>(sql`select body from orchestration.tasks where id = any(${[...ids]})`));
  }

  async tasks(ids: readonly string[]): Promise<ReadonlyMap<string, Task>> {
    if (ids.length === 0) return new Map();
    return byId(
      await this.rows<Body>(
        sql`select body from orchestration.tasks where id = any(${[...ids]}) order by id for update`,
      ),
    );
  }

  async taskIdsByKey(runId: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (keys.length === 0) return new Map();
    const rows = await this.rows<{ key: string; id: string }>(
      sql`select key, id from orchestration.tasks where run_id = ${runId} and key = any(${[...keys]})`,
    );
    return new Map(rows.map(({ key, id }) => [key, id]));
  }

  async awaited(taskIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.rows<{ dependency_id: string }>(
      sql`select distinct dependency_id from orchestration.edges where dependency_id = any(${[...taskIds]})`,
    );
    return new Set(rows.map(({ dependency_id: id }) => id));
  }

  async dependentsOf(taskIds: readonly string[], limit: number): Promise<Dependent[]> {
    const rows = await this.rows<{ id: string; dependencies: string[] }>(sql`
      select dependent_id as id, array_agg(dependency_id) as dependencies from orchestration.edges
      where dependency_id = any(${[...taskIds]}) group by dependent_id order by dependent_id limit ${limit}`);
    const tasks = await this.tasks(rows.map(({ id }) => id));
    return rows.map(({ id, dependencies }) => ({ task: tasks.get(id)!, dependencyIds: dependencies }));
  }

  async ready(filter: ClaimFilter, limit: number): Promise<Task[]> {
    // The turn of the last of them is the present one from now on. Each run comes along with the first of its tasks: whoever claims
    // asks for it next.
    const found = await this.rows<Body & (RunRow | { readonly id: null })>(sql`
      with due as materialized (
        select priority, turn, number, run_id, body from orchestration.tasks t
        where place = 2 and not_before <= ${timeOf(this.now)}::timestamptz and ${filtered(filter)}
        order by not_before limit ${limit} for update skip locked
      ), ready as materialized (${readyOf(filter, limit)}), next as materialized (
        select * from due union all select * from ready
        order by priority desc, turn, number limit ${limit}
      ), present as materialized (
        select setval('orchestration.turn', greatest(last_value, last)) as present_turn
        from orchestration.turn, (select max(turn) as last from next) latest where last > 0
      ), counted as (
        select *, row_number() over (partition by run_id order by priority desc, turn, number) as nth from next
      )
      select body, ${runColumns} from counted n
      left join present on true left join orchestration.runs r on r.id = n.run_id and n.nth = 1
      order by n.priority desc, n.turn, n.number`);
    for (const row of found) if (row.id !== null) this.claimedRuns.set(row.id, runOf(row));
    return found.map(({ body }) => body);
  }

  async overdue(by: number, limit: number): Promise<Task[]> {
    const rows = await this.rows<Body>(sql`
      select body from orchestration.tasks where ends_at <= ${timeOf(by)}
      order by ends_at limit ${limit} for update skip locked`);
    return rows.map(({ body }) => body);
  }

  async openTasks(runId: string, limit: number): Promise<Task[]> {
    const rows = await this.rows<Body>(sql`
      select body from orchestration.tasks
      where run_id = ${runId} and status not in ('completed', 'failed', 'cancelled', 'skipped')
      order by id limit ${limit} for update`);
    return rows.map(({ body }) => body);
  }

  async untold(limit: number): Promise<string[]> {
    const rows = await this.rows<{ task_id: string }>(
      sql`select task_id from orchestration.untold limit ${limit} for update skip locked`,
    );
    return rows.map(({ task_id }) => task_id);
  }

  async told(taskIds: readonly string[]): Promise<void> {
    await this.rows(sql`delete from orchestration.untold where task_id = any(${[...taskIds]})`);
  }

  async prunable({ namespace, statuses, olderThan }: PruneFilter, limit: number): Promise<string[]> {
    const rows = await this.rows<{ id: string }>(sql`
      select id from orchestration.runs
      where updated_at < ${timeOf(olderThan)} and status = any(${[...statuses]})
        and ${namespace === undefined ? sql`true` : sql`namespace = ${namespace}`}
      order by updated_at limit ${limit} for update skip locked`);
    return rows.map(({ id }) => id);
  }

  async removeRun(id: string): Promise<void> {
    const ofRun = sql`select id from orchestration.tasks where run_id = ${id}`;
    for (const table of ['attempts', 'untold'])
      await this.rows(sql`delete from ${sql.table(`orchestration.${table}`)} where task_id in (${ofRun})`);
    await this.rows(sql`delete from orchestration.edges where dependency_id in (${ofRun})`);
    for (const table of ['tasks', 'run_deltas', 'snapshots', 'events'])
      await this.rows(sql`delete from ${sql.table(`orchestration.${table}`)} where run_id = ${id}`);
    await this.rows(sql`delete from orchestration.runs where id = ${id}`);
  }

  async forget(before: { readonly answers: number; readonly prunedRuns: number }): Promise<void> {
    await this.rows(sql`delete from orchestration.answers where at < ${timeOf(before.answers)}`);
    await this.rows(
      sql`delete from orchestration.events where type = 'run.pruned' and at < ${timeOf(before.prunedRuns)}`,
    );
  }

  async reserve(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    // Taken in one order, so that two callers with the same ids do not wait for one another.
    await this.rows(
      sql`select pg_advisory_xact_lock(key) from
        (select distinct hashtextextended(id, 1) as key from unnest(${[...ids]}::text[]) ids(id) order by key) keys`,
    );
  }

  async currentTurn(): Promise<number> {
    const [row] = await this.rows<{ last_value: number }>(sql`select last_value from orchestration.turn`);
    return Number(row!.last_value);
  }

  async attempts(leaseIds: readonly string[]): Promise<ReadonlyMap<string, Attempt>> {
    const rows = await this.rows<{ body: Attempt; status: Attempt['status']; ended_at: Date | null }>(
      sql`select body, status, ended_at from orchestration.attempts where lease_id = any(${[...leaseIds]})`,
    );
    return new Map(
      rows.map(({ body, status, ended_at: ended }) => [
        body.leaseId,
        { ...body, status, endedAt: ended?.getTime() ?? null },
      ]),
    );
  }

  async snapshot(id: string): Promise<ContextSnapshot | undefined> {
    const [row] = await this.rows<{ body: ContextSnapshot }>(
      sql`select body from orchestration.snapshots where id = ${id}`,
    );
    return row?.body;
  }

  async answers(calls: readonly Pick<StoredAnswer, 'scope' | 'token'>[]): Promise<StoredAnswer[]> {
    // Whoever comes second with a token waits here until the first is done; in one order, so that nobody waits in a circle.
    await this.rows(sql`
      select pg_advisory_xact_lock(key) from
        (select distinct hashtextextended(call, 0) as key
         from unnest(${calls.map(({ scope, token }) => `${scope} ${token}`)}::text[]) calls(call) order by key) keys`);
    return this.rows<StoredAnswer>(sql`
      select a.scope, a.token, a.fingerprint, a.refs from orchestration.answers a
      join unnest(${calls.map(({ scope }) => scope)}::text[], ${calls.map(({ token }) => token)}::text[]) as c(scope, token)
        on a.scope = c.scope and a.token = c.token`);
  }

  /** What the database has against it ends the transaction, not this call. */
  async save(changes: Parameters<OrchestrationTransaction['save']>[0]): Promise<void> {
    saveChanges((statement) => this.conversation.say(statement), changes, this.now);
  }

  private rows<R>(query: RawBuilder<unknown>): Promise<R[]> {
    return this.conversation.ask<R>(query);
  }
}

const byId = (rows: readonly Body[]): ReadonlyMap<string, Task> => new Map(rows.map(({ body }) => [body.id, body]));

const filtered = ({ namespace, kinds }: ClaimFilter): RawBuilder<unknown> => sql`
  ${namespace === undefined ? sql`true` : sql`t.namespace = ${namespace}`}
  and ${kinds.length === 0 ? sql`true` : sql`t.kind = any(${[...kinds]})`}`;

/** Each kind has its own order in the index; those of several kinds are merged afterwards. */
function readyOf({ namespace, kinds }: ClaimFilter, limit: number): RawBuilder<unknown> {
  const of = (kind: RawBuilder<unknown>) => sql`
    select priority, turn, number, run_id, body from orchestration.tasks t
    where place = 1 and ${namespace === undefined ? sql`true` : sql`t.namespace = ${namespace}`} and ${kind}
    order by priority desc, turn, number limit ${limit} for update skip locked`;
  if (kinds.length === 0) return of(sql`true`);
  return sql`select r.* from unnest(${[...kinds]}::text[]) k(kind) cross join lateral (${of(sql`t.kind = k.kind`)}) r`;
}
