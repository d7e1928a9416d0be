export { Orchestrator, type OrchestratorOptions } from './orchestrator';
export { orchestrationTools } from './orchestration.tools';
export { WaitingRoom } from './waiting.room';
export {
  runWorker,
  type RunningWorker,
  type WorkerHandler,
  type WorkerOptions,
  type WorkerResult,
  type WorkerTask,
} from './worker';
export { referencePage } from './reference.page';
