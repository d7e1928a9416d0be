export * from './group.reader';
export { openDatabase, type ReadModelDatabase } from './database';
export { migrateToLatest } from './migrate';
export type { Database } from './tables/database.table';
export type { NotifyJobKind } from './tables/notify-job.table';
export { PostgresGroupReader } from './repositories/postgres.group.reader';
