import { sql, type Kysely } from 'kysely';
import type { OrchestrationEngine, OrchestrationEvent, RunRecord, Task } from '@multitask/orchestration';
import type { RunView } from './run.html';

const tasksShown = 200;
const eventsShown = 100;
const pausedShown = 50;

/** What a page shows of a run: a part of its tasks, its last events, and whatever waits for a person. */
export class RunViews {
  constructor(
    private readonly engine: Pick<OrchestrationEngine, 'queries'>,
    private readonly db: Kysely<unknown>,
  ) {}

  async of(run: RunRecord, cursor: number): Promise<RunView> {
    const [{ items: tasks, next }, events, paused] = await Promise.all([
      this.engine.queries.tasksOfRun(run.id, { after: cursor, limit: tasksShown }),
      this.lastEvents(run.id),
      this.paused(run.id),
    ]);
    const mentioned = [
      ...tasks.flatMap((task) => task.dependsOnTaskIds),
      ...events.flatMap((event) => event.taskId ?? []),
    ];
    return { run, tasks, next, events, paused, names: await this.names([...new Set(mentioned)]) };
  }

  private async lastEvents(runId: string): Promise<OrchestrationEvent[]> {
    const { rows } = await sql<EventRow>`
      select id, run_id, task_id, type, at, data from orchestration.events
      where run_id = ${runId} order by id desc limit ${eventsShown}`.execute(this.db);
    return rows.map((row) => ({
      id: Number(row.id),
      runId: row.run_id,
      taskId: row.task_id,
      type: row.type,
      data: row.data,
      createdAt: row.at.getTime(),
    }));
  }

  /** With what each waits for, as its worker said. */
  private async paused(runId: string): Promise<RunView['paused']> {
    const { rows } = await sql<{ body: Task; data: { reason?: unknown } | null }>`
      select t.body, (select e.data from orchestration.events e where e.run_id = t.run_id and e.task_id = t.id
          and e.type in ('task.waiting_input', 'task.blocked') order by e.id desc limit 1) as data
      from orchestration.tasks t
      where t.run_id = ${runId} and t.status not in ('completed', 'failed', 'cancelled', 'skipped')
        and t.status in ('waiting_input', 'blocked')
      order by t.number limit ${pausedShown}`.execute(this.db);
    return rows.map(({ body, data }) => ({
      task: body,
      reason: typeof data?.reason === 'string' ? data.reason : undefined,
    }));
  }

  private async names(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map();
    const { rows } = await sql<{ id: string; key: string }>`
      select id, key from orchestration.tasks where id = any(${[...ids]}::text[]) and key is not null`.execute(this.db);
    return new Map(rows.map(({ id, key }) => [id, key]));
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
