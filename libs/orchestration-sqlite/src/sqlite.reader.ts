import type {
  EventFilter,
  OrchestrationEvent,
  OrchestrationReader,
  Page,
  Part,
  PausedTask,
  RunFilter,
  RunRecord,
  Task,
  TaskFilter,
} from '@multitask/orchestration';
import { addCounts, partOf, pausedTask } from '@multitask/orchestration';
import { Condition } from './condition';
import { runOf, snapshotOf, taskOf, type Row } from './records';
import type { Statements } from './statements';

/** Questions to one file. Each is one statement, so it sees one state of the file. */
export class SqliteReader implements OrchestrationReader {
  constructor(
    private readonly sql: Statements,
    private readonly now: () => number,
    private readonly inTurn: <T>(work: () => T) => Promise<T>,
  ) {}

  async clock(): Promise<number> {
    return this.now();
  }

  async run(id: string): Promise<RunRecord | undefined> {
    const query = `select r.*, (select json_group_object(place, change) from run_deltas where run_id = r.id) as deltas
      from runs r where id = ?`;
    const [row] = await this.rows(query, [id]);
    if (!row) return undefined;
    const run = runOf(row);
    return { ...run, counts: addCounts(run.counts, JSON.parse(row.deltas as string) as RunRecord['counts']) };
  }

  async runs({ limit, offset, orderBy, descending, ...filter }: RunFilter): Promise<RunRecord[]> {
    const where = new Condition()
      .equals('namespace', filter.namespace)
      .equals('external_id', filter.externalId)
      .isOneOf('status', filter.statuses)
      .and('updated_at > ?', filter.updatedAfter)
      .and('updated_at < ?', filter.updatedBefore);
    const column = orderBy === 'createdAt' ? 'created_at' : 'updated_at';
    const order = `${column} ${descending ? 'desc' : 'asc'}, id`;
    const query = `select * from runs where ${where.text} order by ${order} limit ? offset ?`;
    return (await this.rows(query, [...where.values, limit, offset])).map(runOf);
  }

  async task(id: string): Promise<Task | undefined> {
    const [row] = await this.rows('select body from tasks where id = ?', [id]);
    return row && taskOf(row);
  }

  async tasksOfRun(runId: string, { after, limit }: Page): Promise<Part<Task>> {
    const query = 'select number, body from tasks where run_id = ? and number > ? order by number limit ?';
    return numbered(await this.rows(query, [runId, after, limit + 1]), limit, taskOf);
  }

  async queuedTasks({ limit, readyBy, ...filter }: TaskFilter & { readonly readyBy?: number }): Promise<Task[]> {
    const where = tasksWhere(filter).and('(not_before is null or not_before <= ?)', readyBy);
    const query = `select body from tasks where status = 'queued' and ${where.text} order by number limit ?`;
    return (await this.rows(query, [...where.values, limit])).map(taskOf);
  }

  async deadTasks({ limit, offset, ...filter }: TaskFilter & { readonly offset: number }): Promise<Task[]> {
    const where = tasksWhere(filter);
    const query = `select body from tasks where dead = 1 and ${where.text} order by number desc limit ? offset ?`;
    return (await this.rows(query, [...where.values, limit, offset])).map(taskOf);
  }

  async events({ after, limit, namespace, runId, types }: EventFilter): Promise<OrchestrationEvent[]> {
    const where = new Condition()
      .and('id > ?', after)
      .equals('run_id', runId)
      .isOneOf('type', types)
      .and('run_id in (select id from runs where namespace = ?)', namespace);
    const query = `select id, run_id, task_id, type, at, data from events where ${where.text} order by id limit ?`;
    return (await this.rows(query, [...where.values, limit])).map(eventOf);
  }

  async lastEvents(runId: string, limit: number): Promise<OrchestrationEvent[]> {
    const query = 'select id, run_id, task_id, type, at, data from events where run_id = ? order by id desc limit ?';
    return (await this.rows(query, [runId, limit])).map(eventOf);
  }

  async pausedTasks(runId: string, limit: number): Promise<PausedTask[]> {
    const query = `select t.body, (select e.data from events e where e.run_id = t.run_id and e.task_id = t.id
        and e.type in ('task.waiting_input', 'task.blocked') order by e.id desc limit 1) as data
      from tasks t
      where t.run_id = ? and t.status not in ('completed', 'failed', 'cancelled', 'skipped')
        and t.status in ('waiting_input', 'blocked')
      order by t.number limit ?`;
    const rows = await this.rows(query, [runId, limit]);
    return rows.map((row) => pausedTask(taskOf(row), JSON.parse((row.data as string | null) ?? 'null')));
  }

  async keysOf(taskIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const where = new Condition().isOneOf('id', taskIds);
    const rows = await this.rows(`select id, key from tasks where key is not null and ${where.text}`, where.values);
    return new Map(rows.map(({ id, key }) => [id as string, key as string]));
  }

  async snapshot(id: string) {
    const [row] = await this.rows('select body from snapshots where id = ?', [id]);
    return row && snapshotOf(row);
  }

  async snapshotsOfRun(runId: string, { after, limit }: Page) {
    const query = 'select number, body from snapshots where run_id = ? and number > ? order by number limit ?';
    return numbered(await this.rows(query, [runId, after, limit + 1]), limit, snapshotOf);
  }

  private rows(query: string, values: readonly (string | number)[]): Promise<Row[]> {
    return this.inTurn(() => this.sql.all(query, ...values));
  }
}

const tasksWhere = ({ namespace, runId, kinds }: Omit<TaskFilter, 'limit'>): Condition =>
  new Condition().equals('namespace', namespace).equals('run_id', runId).isOneOf('kind', kinds);

const numbered = <T>(rows: readonly Row[], limit: number, read: (row: Row) => T): Part<T> =>
  partOf(
    rows.map((row) => ({ number: row.number as number, item: read(row) })),
    limit,
  );

const eventOf = (row: Row): OrchestrationEvent => ({
  id: row.id as number,
  runId: row.run_id as string,
  taskId: row.task_id as string | null,
  type: row.type as OrchestrationEvent['type'],
  data: JSON.parse(row.data as string) as OrchestrationEvent['data'],
  createdAt: row.at as number,
});
