export type { ApiKey } from './api-key';
export type { GroupFrame } from './group.frame';
export { ParallelClient, type RunsPurchase, type RunWithOutput } from './parallel.client';
export type { SuggestedTask } from './suggested-task';
export type { SseOptions } from './sse.reader';
export { Upstream } from './upstream';
export {
  UpstreamError,
  UpstreamStreamError,
  type UpstreamErrorDetails,
  type UpstreamErrorKind,
} from './upstream.error';
export { budgetsOf, upstreamSettings } from './upstream.settings';
export { defaultBudgets, takeTurn, type BudgetName, type Budgets, type Pacer } from './pacing/pacer';
export { MemoryPacer } from './pacing/memory.pacer';
export { PostgresPacer, type BudgetsTable } from './pacing/postgres.pacer';
export { ResilientPacer } from './pacing/resilient.pacer';
