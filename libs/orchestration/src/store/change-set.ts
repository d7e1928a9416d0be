import type { JsonValue } from '@multitask/contracts';
import type { Attempt } from '../model/attempt';
import type { ContextSnapshot } from '../model/context-snapshot';
import type { OrchestrationFact } from '../model/orchestration.event';
import type { RunRecord } from '../model/run';
import type { Task } from '../model/task';

/** Everything one change writes, in one go. A store writes all of it or nothing. */
export interface ChangeSet {
  /** New runs, and runs that were loaded for change. */
  readonly runs?: readonly RunRecord[];
  readonly tasks?: readonly TaskWrite[];
  /** New ones. */
  readonly attempts?: readonly Attempt[];
  /** What became of attempts that are there. */
  readonly attemptMoves?: readonly AttemptMove[];
  readonly snapshots?: readonly ContextSnapshot[];
  /** In the order in which they happened. */
  readonly facts?: readonly OrchestrationFact[];
  readonly answers?: readonly StoredAnswer[];
  /** Dependents that were told of an end: they are not asked for again. */
  readonly told?: readonly ToldEdge[];
  /** Ended tasks whose dependents are still to be told, by a later change. */
  readonly untold?: readonly string[];
}

export type AttemptMove = Pick<Attempt, 'leaseId' | 'status' | 'endedAt'>;

export interface ToldEdge {
  readonly dependentId: string;
  readonly dependencyId: string;
}

export interface TaskWrite {
  /** As it was loaded; undefined for a new task. What changed of the run's counts is the difference. */
  readonly before: Task | undefined;
  readonly after: Task;
  /** Its place among ready tasks; given when it becomes ready. */
  readonly turn?: number;
}

/** What a repeated call is answered from: where its results are, not a copy of them. */
export interface StoredAnswer {
  /** What was called, and for whom; a token means nothing in another scope. */
  readonly scope: string;
  readonly token: string;
  /** Of the arguments: the same token with others is a mistake of the caller. */
  readonly fingerprint: string;
  readonly refs: JsonValue;
}
