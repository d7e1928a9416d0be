export * from './group.reader';
export { openDatabase, type ReadModelDatabase } from './database';
export { isDatabaseAway, isDataFault } from './database.faults';
export { databaseHealth } from './database.health';
export { migrateToLatest } from './migrate';
export type { Database } from './tables/database.table';
export type { NotifyJobKind } from './tables/notify-job.table';
export { PostgresGroupReader } from './repositories/postgres.group.reader';
export { GroupRepository, type OpenGroup, type GroupCursor, type StaleBatch } from './repositories/group.repository';
export { LeftoverRepository } from './repositories/leftover.repository';
export { NotifyJobRepository, type Backlog, type NotifyJob } from './repositories/notify-job.repository';
export { CheckpointRepository, type Checkpoint } from './repositories/checkpoint.repository';
export {
  CheckpointMovedError,
  PartitionProjection,
  type PoisonEvent,
  type ProjectionBatch,
} from './projection/partition.projection';
export { LogTrust } from './log-watch/log.trust';
export { whatHappenedTo } from './log-watch/log.verification';
export { LogWatchRepository, type LogMemory, type OpenRepair, type Sighting } from './log-watch/log.watch.repository';
export { compareReplaced, type Comparison } from './rebuild/model.comparison';
export { withRebuildLock } from './rebuild/rebuild.lock';
export { makeShadow, shadowOf } from './rebuild/shadow.schema';
export { forgetReplaced, swapShadow, type SwapSteps } from './rebuild/shadow.swap';
export { LossRepository, type KnownLoss } from './log-watch/loss.repository';
export { RepairRepository, type KeptGroup } from './log-watch/repair.repository';
