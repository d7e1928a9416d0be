import {
  addCounts,
  partOf,
  pausedTask,
  type ContextSnapshot,
  type EventFilter,
  type OrchestrationEvent,
  type OrchestrationReader,
  type Page,
  type Part,
  type PausedTask,
  type RunCounts,
  type RunFilter,
  type RunRecord,
  type Task,
  type TaskFilter,
} from '@multitask/orchestration';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { runColumns, runOf, timeOf, type RunRow } from './records';

type Body<T> = { readonly body: T };

/** Questions to the database. Each is one statement, so it sees one state of it. */
export class PostgresReader implements OrchestrationReader {
  constructor(
    private readonly db: Kysely<unknown>,
    readonly clock: () => Promise<number>,
  ) {}

  async run(id: string): Promise<RunRecord | undefined> {
    const [row] = await this.rows<RunRow & { deltas: RunCounts[] | null }>(sql`
      select ${runColumns}, (select json_agg(counts) from orchestration.run_deltas where run_id = r.id) as deltas
      from orchestration.runs r where id = ${id}`);
    if (!row) return undefined;
    const run = runOf(row);
    return { ...run, counts: addCounts(run.counts, ...(row.deltas ?? [])) };
  }

  async runs({ limit, offset, orderBy, descending, ...filter }: RunFilter): Promise<RunRecord[]> {
    const column = sql.ref(orderBy === 'createdAt' ? 'created_at' : 'updated_at');
    const rows = await this.rows<RunRow>(sql`
      select ${runColumns} from orchestration.runs where ${all(
        given(filter.namespace, (value) => sql`namespace = ${value}`),
        given(filter.externalId, (value) => sql`external_id = ${value}`),
        listed(filter.statuses, (values) => sql`status = any(${values})`),
        given(filter.updatedAfter, (value) => sql`updated_at > ${timeOf(value)}`),
        given(filter.updatedBefore, (value) => sql`updated_at < ${timeOf(value)}`),
      )} order by ${column} ${descending ? sql`desc` : sql`asc`}, id limit ${limit} offset ${offset}`);
    return rows.map(runOf);
  }

  async task(id: string): Promise<Task | undefined> {
    const [row] = await this.rows<Body<Task>>(sql`select body from orchestration.tasks where id = ${id}`);
    return row?.body;
  }

  tasksOfRun(runId: string, page: Page): Promise<Part<Task>> {
    return this.numbered<Task>(sql`orchestration.tasks`, runId, page);
  }

  async queuedTasks({ limit, readyBy, ...filter }: TaskFilter & { readonly readyBy?: number }): Promise<Task[]> {
    const time = given(readyBy, (value) => sql`(not_before is null or not_before <= ${timeOf(value)})`);
    const rows = await this.rows<Body<Task>>(sql`
      select body from orchestration.tasks
      where status = 'queued' and ${all(...tasksWhere(filter), time)} order by number limit ${limit}`);
    return rows.map(({ body }) => body);
  }

  async deadTasks({ limit, offset, ...filter }: TaskFilter & { readonly offset: number }): Promise<Task[]> {
    const rows = await this.rows<Body<Task>>(sql`
      select body from orchestration.tasks
      where dead and ${all(...tasksWhere(filter))} order by number desc limit ${limit} offset ${offset}`);
    return rows.map(({ body }) => body);
  }

  async events({ after, limit, namespace, runId, types }: EventFilter): Promise<OrchestrationEvent[]> {
    // Ids are given before the commit. Below the oldest transaction under way nothing can appear any more, so whoever goes on
    // from the last id seen misses nothing.
    const rows = await this.rows<EventRow>(sql`
      select id, run_id, task_id, type, at, data from orchestration.events e
      where id > ${after} and xid < pg_snapshot_xmin(pg_current_snapshot()) and ${all(
        given(runId, (value) => sql`run_id = ${value}`),
        listed(types, (values) => sql`type = any(${values})`),
        given(
          namespace,
          (value) => sql`exists (select from orchestration.runs r where r.id = e.run_id and r.namespace = ${value})`,
        ),
      )} order by id limit ${limit}`);
    return rows.map(eventOf);
  }

  async lastEvents(runId: string, limit: number): Promise<OrchestrationEvent[]> {
    const rows = await this.rows<EventRow>(sql`
      select id, run_id, task_id, type, at, data from orchestration.events e
      where run_id = ${runId} and xid < pg_snapshot_xmin(pg_current_snapshot()) order by id desc limit ${limit}`);
    return rows.map(eventOf);
  }

  async pausedTasks(runId: string, limit: number): Promise<PausedTask[]> {
    // Named so that the index of open tasks is used, however many have ended.
    const rows = await this.rows<Body<Task> & { data: OrchestrationEvent['data'] | null }>(sql`
      select t.body, (select e.data from orchestration.events e where e.run_id = t.run_id and e.task_id = t.id
          and e.type in ('task.waiting_input', 'task.blocked') order by e.id desc limit 1) as data
      from orchestration.tasks t
      where t.run_id = ${runId} and t.status not in ('completed', 'failed', 'cancelled', 'skipped')
        and t.status in ('waiting_input', 'blocked')
      order by t.number limit ${limit}`);
    return rows.map(({ body, data }) => pausedTask(body, data));
  }

  async keysOf(taskIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.rows<{ id: string; key: string }>(sql`
      select id, key from orchestration.tasks where id = any(${[...taskIds]}) and key is not null`);
    return new Map(rows.map(({ id, key }) => [id, key]));
  }

  async snapshot(id: string): Promise<ContextSnapshot | undefined> {
    const [row] = await this.rows<Body<ContextSnapshot>>(
      sql`select body from orchestration.snapshots where id = ${id}`,
    );
    return row?.body;
  }

  snapshotsOfRun(runId: string, page: Page): Promise<Part<ContextSnapshot>> {
    return this.numbered<ContextSnapshot>(sql`orchestration.snapshots`, runId, page);
  }

  private async numbered<T>(table: RawBuilder<unknown>, runId: string, { after, limit }: Page): Promise<Part<T>> {
    const rows = await this.rows<{ number: number; item: T }>(sql`
      select number, body as item from ${table}
      where run_id = ${runId} and number > ${after} order by number limit ${limit + 1}`);
    return partOf(
      rows.map(({ number, item }) => ({ number: Number(number), item })),
      limit,
    );
  }

  private async rows<R>(query: RawBuilder<unknown>): Promise<R[]> {
    return (await query.execute(this.db)).rows as R[];
  }
}

interface EventRow {
  readonly id: number;
  readonly run_id: string;
  readonly task_id: string | null;
  readonly type: OrchestrationEvent['type'];
  readonly at: Date;
  readonly data: OrchestrationEvent['data'];
}

const eventOf = (row: EventRow): OrchestrationEvent => ({
  id: Number(row.id),
  runId: row.run_id,
  taskId: row.task_id,
  type: row.type,
  data: row.data,
  createdAt: row.at.getTime(),
});

type Condition = RawBuilder<unknown> | undefined;

const given = <T>(value: T | undefined, condition: (value: T) => RawBuilder<unknown>): Condition =>
  value === undefined ? undefined : condition(value);

const listed = (values: readonly string[], condition: (values: string[]) => RawBuilder<unknown>): Condition =>
  values.length === 0 ? undefined : condition([...values]);

const all = (...conditions: readonly Condition[]): RawBuilder<unknown> =>
  sql.join([sql`true`, ...conditions.filter((condition) => condition !== undefined)], sql` and `);

const tasksWhere = ({ namespace, runId, kinds }: Omit<TaskFilter, 'limit'>): Condition[] => [
  given(namespace, (value) => sql`namespace = ${value}`),
  given(runId, (value) => sql`run_id = ${value}`),
  listed(kinds, (values) => sql`kind = any(${values})`),
];
