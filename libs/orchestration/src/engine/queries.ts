import type { ContextSnapshot } from '../model/context-snapshot';
import type { OrchestrationEvent } from '../model/orchestration.event';
import type { RunRecord } from '../model/run';
import type { Task } from '../model/task';
import { OrchestrationError } from '../orchestration.errors';
import { runStatusOf } from '../run/run.status';
import type {
  EventFilter,
  OrchestrationReader,
  Page,
  Part,
  PausedTask,
  RunFilter,
  TaskFilter,
} from '../store/orchestration.reader';
import { readinessOf } from '../task/claim.decider';
import type { Sweep } from './sweep';

export interface PendingTask {
  readonly task: Task;
  readonly readiness: ReturnType<typeof readinessOf>;
}

/** What can be asked. Nothing of it waits for a worker or holds one up. */
export class OrchestrationQueries {
  constructor(
    private readonly read: OrchestrationReader,
    private readonly sweep: Pick<Sweep, 'settleSome'>,
  ) {}

  /** With its exact status, whether or not the sweep has come by. */
  async run(id: string): Promise<RunRecord | undefined> {
    const run = await this.read.run(id);
    return run && { ...run, status: runStatusOf(run, run.counts) };
  }

  /** Runs are given their status first, so that a filter finds what it names. */
  async runs(filter: RunFilter): Promise<RunRecord[]> {
    await this.sweep.settleSome();
    return this.read.runs(filter);
  }

  task(id: string): Promise<Task | undefined> {
    return this.read.task(id);
  }

  /** Throws `RecordNotFoundError`. */
  async tasksOfRun(runId: string, page: Page): Promise<Part<Task>> {
    await this.known(runId);
    return this.read.tasksOfRun(runId, page);
  }

  /** Tasks that nobody has claimed, with what each still waits for. */
  async pendingTasks(filter: TaskFilter & { readonly readyBy?: number }): Promise<PendingTask[]> {
    const now = await this.read.clock();
    const tasks = await this.read.queuedTasks(filter);
    return tasks.map((task) => ({ task, readiness: readinessOf(task, now) }));
  }

  deadTasks(filter: TaskFilter & { readonly offset: number }): Promise<Task[]> {
    return this.read.deadTasks(filter);
  }

  /** Also of a run that was pruned: a note of that is left. */
  events(filter: EventFilter): Promise<OrchestrationEvent[]> {
    return this.read.events(filter);
  }

  /** The newest first. */
  lastEvents(runId: string, limit: number): Promise<OrchestrationEvent[]> {
    return this.read.lastEvents(runId, limit);
  }

  pausedTasks(runId: string, limit: number): Promise<PausedTask[]> {
    return this.read.pausedTasks(runId, limit);
  }

  /** What tasks are called, those of them that have a name. */
  async keysOf(taskIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return taskIds.length === 0 ? new Map() : this.read.keysOf(taskIds);
  }

  snapshot(id: string): Promise<ContextSnapshot | undefined> {
    return this.read.snapshot(id);
  }

  /** Throws `RecordNotFoundError` for an unknown run; undefined while the run has no context. */
  async currentSnapshot(runId: string): Promise<ContextSnapshot | undefined> {
    const { currentContextSnapshotId } = await this.known(runId);
    return currentContextSnapshotId === null ? undefined : this.read.snapshot(currentContextSnapshotId);
  }

  /** Throws `RecordNotFoundError`. */
  async snapshotsOfRun(runId: string, page: Page): Promise<Part<ContextSnapshot>> {
    await this.known(runId);
    return this.read.snapshotsOfRun(runId, page);
  }

  private async known(runId: string): Promise<RunRecord> {
    const run = await this.read.run(runId);
    if (!run) throw new OrchestrationError('RecordNotFoundError', `There is no run ${runId}.`, 'runId');
    return run;
  }
}
