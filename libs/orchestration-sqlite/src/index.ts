export { SqliteOrchestrationStore, type SqliteStoreOptions } from './sqlite.orchestration.store';
export type { StatementWatch } from './statements';
