export * from './model/run';
export * from './model/task';
export * from './model/attempt';
export * from './model/context-snapshot';
export * from './model/orchestration.event';
export * from './orchestration.errors';
export { canMove, checkMove, transitions } from './task/task.transitions';
export { maxAttemptsOf, retriesFailures, retryDelayMs } from './task/retry.policy';
export { attemptEndsAt, checkLease, hasTimedOut, type LeaseClaim } from './task/lease.check';
export type { TaskChange, TaskFact } from './task/task.change';
export { decideClaim, decideHeartbeat, decideRunning, readinessOf, type ClaimOrder } from './task/claim.decider';
export { decideAttemptEnd, type AttemptEnd } from './task/attempt.decider';
export { decideCancelTask, decideRequeue, decideResume } from './task/hand.decider';
export { decideDependencyEnd, type EndedDependency } from './task/dependency.policy';
export { addCounts, countsDelta, type RunCounts } from './model/run.counts';
export { hasEnded, isClosed, runStatusOf } from './run/run.status';
export { resolveDependencies, type KnownTasks, type OrderedTask } from './run/task.order';
export { mergeContext, type ContextMerge } from './context/context.merge';
export { nextTurns, type TurnState } from './claim/fair.turn';
export type { ChangeSet, StoredAnswer, TaskWrite, ToldEdge } from './store/change-set';
export type {
  ClaimFilter,
  Dependent,
  OrchestrationStore,
  OrchestrationTransaction,
  PruneFilter,
} from './store/orchestration.store';
export * from './store/orchestration.reader';
export { watched, type Stir } from './store/watched.store';
export type { EngineParts } from './engine/engine.parts';
export { OrchestrationEngine } from './engine/orchestration.engine';
export { placeOf } from './engine/placement';
export type { Claim, ClaimRequest } from './engine/claim.commands';
export type { CompleteOrder, FailOrder, LeaseTriple, PauseOrder } from './engine/attempt.commands';
export type { NextContext, SnapshotOrder } from './engine/context.commands';
export type { RunOrder } from './engine/run.commands';
export type { TaskOrder } from './engine/enqueue.commands';
export { OrchestrationQueries, type PendingTask } from './engine/queries';
export type { PruneOrder } from './engine/prune.commands';
