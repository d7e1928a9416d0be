import type { ContextSnapshot } from '../model/context-snapshot';
import type { OrchestrationEvent, OrchestrationEventType } from '../model/orchestration.event';
import type { RunRecord, RunStatus } from '../model/run';
import type { Task } from '../model/task';

/** A part of a list; `after` is the `next` of the part before. */
export interface Page {
  readonly after: number;
  readonly limit: number;
}

export interface Part<T> {
  readonly items: readonly T[];
  /** Where the next part begins; undefined when this was the last. */
  readonly next: number | undefined;
}

export interface RunFilter {
  readonly namespace?: string;
  /** Empty: any. */
  readonly statuses: readonly RunStatus[];
  readonly externalId?: string;
  readonly updatedAfter?: number;
  readonly updatedBefore?: number;
  readonly orderBy: 'createdAt' | 'updatedAt';
  readonly descending: boolean;
  readonly limit: number;
  readonly offset: number;
}

export interface TaskFilter {
  readonly namespace?: string;
  readonly runId?: string;
  /** Empty: any. */
  readonly kinds: readonly string[];
  readonly limit: number;
}

export interface EventFilter extends Page {
  readonly namespace?: string;
  readonly runId?: string;
  /** Empty: any. */
  readonly types: readonly OrchestrationEventType[];
}

export interface PausedTask {
  readonly task: Task;
  readonly reason: string | undefined;
}

/**
 * Looking without changing anything: nothing is locked, and nobody waits. What was acknowledged before a question was asked is in
 * its answer, except for events that one not yet committed may still precede: those come with a later question, never out of turn.
 */
export interface OrchestrationReader {
  /** The server's clock, Unix milliseconds. */
  clock(): Promise<number>;
  /** With exact counts; the status is as it was last written. */
  run(id: string): Promise<RunRecord | undefined>;
  /** With the counts as they were last added up. */
  runs(filter: RunFilter): Promise<RunRecord[]>;
  task(id: string): Promise<Task | undefined>;
  /** In the order in which they were enqueued. */
  tasksOfRun(runId: string, page: Page): Promise<Part<Task>>;
  /** Tasks that wait for something: a worker, a time, or another task; the oldest first. `readyBy`: not those of a later time. */
  queuedTasks(filter: TaskFilter & { readonly readyBy?: number }): Promise<Task[]>;
  /** The newest first. */
  deadTasks(filter: TaskFilter & { readonly offset: number }): Promise<Task[]>;
  /** In the order of their ids. */
  events(filter: EventFilter): Promise<OrchestrationEvent[]>;
  /** The newest first, and the first of them as the last that `events` would come to. */
  lastEvents(runId: string, limit: number): Promise<OrchestrationEvent[]>;
  /** Tasks of a run that are set aside, the oldest first, with what each waits for as its worker said. */
  pausedTasks(runId: string, limit: number): Promise<PausedTask[]>;
  /** Keys by id, of those of these tasks that have one. */
  keysOf(taskIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  snapshot(id: string): Promise<ContextSnapshot | undefined>;
  /** The oldest first. */
  snapshotsOfRun(runId: string, page: Page): Promise<Part<ContextSnapshot>>;
}

/** A part out of numbered rows, of which one more than the page holds was asked for. */
export function partOf<T>(rows: readonly { readonly number: number; readonly item: T }[], limit: number): Part<T> {
  const shown = rows.slice(0, limit);
  return { items: shown.map(({ item }) => item), next: rows.length > limit ? shown.at(-1)!.number : undefined };
}

export const pausedTask = (task: Task, data: OrchestrationEvent['data'] | null): PausedTask => ({
  task,
  reason: typeof data?.reason === 'string' ? data.reason : undefined,
});
