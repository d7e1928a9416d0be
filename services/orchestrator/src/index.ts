export { orchestrator } from './orchestrator';
export type { OrchestratorSettings } from './orchestrator.settings';
