import type { Attempt } from '../model/attempt';
import type { ContextSnapshot } from '../model/context-snapshot';
import type { RunRecord, RunStatus } from '../model/run';
import type { Task } from '../model/task';
import type { ChangeSet, StoredAnswer } from './change-set';
import type { OrchestrationReader } from './orchestration.reader';

/**
 * Where runs and tasks are kept. Sets go in and out, never single records one after another, so that a store pays a round trip
 * for each question and not for each task, and changes that come together can share one transaction.
 */
export interface OrchestrationStore {
  readonly read: OrchestrationReader;
  /** All of `work`'s changes or none. It may be run again after a conflict with another process, so it must have no other effects. */
  transaction<T>(work: (tx: OrchestrationTransaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface ClaimFilter {
  readonly namespace?: string;
  /** Empty: any. */
  readonly kinds: readonly string[];
}

export interface PruneFilter {
  readonly namespace?: string;
  readonly statuses: readonly RunStatus[];
  readonly olderThan: number;
}

export interface Dependent {
  readonly task: Task;
  /** Those of the tasks asked for that it waits for. */
  readonly dependencyIds: readonly string[];
}

/**
 * One transaction. Records that are loaded for change stay as they are until it ends; records are always locked in the order
 * runs, tasks by id, so that no two changes wait for one another in a circle.
 */
export interface OrchestrationTransaction {
  /** The server's clock, Unix milliseconds; the same for the whole transaction. */
  readonly now: number;

  runs(ids: readonly string[]): Promise<ReadonlyMap<string, RunRecord>>;
  runForChange(id: string): Promise<RunRecord | undefined>;
  /** With every delta added up, so its counts are exact. */
  settledRun(id: string): Promise<RunRecord | undefined>;
  /** Runs that changes of tasks left deltas for, and that nobody else is looking at; locked. */
  unsettledRuns(limit: number): Promise<string[]>;
  /** For change: runs that are open, have no task that has not ended, and that nothing happened to since; others' are passed over. */
  idleRuns(since: number, limit: number): Promise<string[]>;
  /** Marks runs as active that were not; answers which of them it changed. */
  activate(runIds: readonly string[]): Promise<string[]>;

  /** As they are now, not for change: for finding out what else must be locked first. */
  peek(taskIds: readonly string[]): Promise<ReadonlyMap<string, Task>>;
  /** For change, by id. What does not exist is not there. */
  tasks(ids: readonly string[]): Promise<ReadonlyMap<string, Task>>;
  taskIdsByKey(runId: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Those of these tasks, loaded for change before, that others wait for. */
  awaited(taskIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** For change: tasks that wait for one of these and have not been told of its end, at most `limit` of them. */
  dependentsOf(taskIds: readonly string[], limit: number): Promise<Dependent[]>;
  /** For change: ready tasks by priority and turn; what another process has in hand is passed over. */
  ready(filter: ClaimFilter, limit: number): Promise<Task[]>;
  /** For change: held tasks whose attempt had run out of time by then, the longest first; passes over what others have in hand. */
  overdue(by: number, limit: number): Promise<Task[]>;
  /** For change: tasks of a run that have not ended. */
  openTasks(runId: string, limit: number): Promise<Task[]>;
  /** Ended tasks whose dependents are still to be told. */
  untold(limit: number): Promise<string[]>;
  /** Nobody waits for these any more. */
  told(taskIds: readonly string[]): Promise<void>;
  /** For change: runs that were last changed before `olderThan` and whose status as last written is one of these. */
  prunable(filter: PruneFilter, limit: number): Promise<string[]>;
  /** Removes the run with everything of it. */
  removeRun(id: string): Promise<void>;
  /** Removes answers and notes of pruned runs that are older; both would grow for ever. */
  forget(before: { readonly answers: number; readonly prunedRuns: number }): Promise<void>;
  /** Ids that a caller chose for new records: whoever comes second with one waits until the first has committed. */
  reserve(ids: readonly string[]): Promise<void>;
  /** The turn of the task that was claimed last. */
  currentTurn(): Promise<number>;

  /** By lease. */
  attempts(leaseIds: readonly string[]): Promise<ReadonlyMap<string, Attempt>>;
  snapshot(id: string): Promise<ContextSnapshot | undefined>;
  /** The first changes with these tokens, as far as there are any; who comes second with one while the first is under way waits for it. */
  answers(calls: readonly Pick<StoredAnswer, 'scope' | 'token'>[]): Promise<StoredAnswer[]>;

  save(changes: ChangeSet): Promise<void>;
}
