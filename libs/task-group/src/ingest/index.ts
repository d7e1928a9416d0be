export { defaultPolicy, policyOf, type IngestPolicy } from './policy';
export {
  activeRuns,
  initialGroup,
  isOpen,
  keyOf,
  unsettledRows,
  type IngestBlock,
  type IngestGroup,
  type IngestHeader,
  type IngestRow,
  type InputChunk,
  type OutstandingBatch,
  type RowRef,
} from './ingest-group';
export { evolve, evolveAppended, findRow, passUnreadable } from './ingest-group.evolver';
export { newMemory, rememberRequested, type HolderMemory } from './holder-memory';
export { decideBatch, planBatch, unclearKeys, type BatchPlan } from './batch.decider';
export {
  decidePurchase,
  judgePurchase,
  rememberPurchase,
  type PurchaseOutcome,
  type PurchaseVerdict,
} from './purchase.decider';
export { packReports } from './report.packing';
export { decideRuns, type ObservedRun, type RunDecision } from './run.decider';
export { nextProofAt, rememberListing, tellsKeys, type ListedRun, type Listing } from './listing.decider';
export { failedRun } from './failed-run';
export { decideBlock, decideGiveUp, decideUnblock, isGivenUp, isUnfinished } from './block.decider';
export { decideCompletion, mayEndFollowed } from './completion.decider';
export { decideStatus } from './status.decider';
export { runInputOf } from './upstream-request';
export type { RowRefusal } from './row-refusal';
