export { newPool, PostgresOrchestrationStore, type PostgresStoreOptions } from './postgres.orchestration.store';
export { migrateOrchestration } from './schema';
