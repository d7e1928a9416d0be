export { SqliteOrchestrationStore, type SqliteStoreOptions } from './sqlite.orchestration.store';
