import type { OrchestrationEngine, RunRecord } from '@multitask/orchestration';
import type { RunView } from './run.html';

const tasksShown = 200;
const eventsShown = 100;
const pausedShown = 50;

/** What a page shows of a run: a part of its tasks, its last events, and whatever waits for a person. */
export class RunViews {
  constructor(private readonly engine: Pick<OrchestrationEngine, 'queries'>) {}

  async of(run: RunRecord, cursor: number): Promise<RunView> {
    const { queries } = this.engine;
    const [{ items: tasks, next }, events, paused] = await Promise.all([
      queries.tasksOfRun(run.id, { after: cursor, limit: tasksShown }),
      queries.lastEvents(run.id, eventsShown),
      queries.pausedTasks(run.id, pausedShown),
    ]);
    const mentioned = [
      ...tasks.flatMap((task) => task.dependsOnTaskIds),
      ...events.flatMap((event) => event.taskId ?? []),
    ];
    return { run, tasks, next, events, paused, names: await queries.keysOf([...new Set(mentioned)]) };
  }
}
