export { createParallelMcpServer, type ParallelMcpHandle, type ParallelMcpServerOptions } from './stdio.server';
export {
  createParallelMcpHttpServer,
  type ParallelMcpHttpHandle,
  type ParallelMcpHttpServerOptions,
} from './http/http.server';
export { ParallelMcpOrchestrator, type ToolMethods } from './orchestrator';
export { PostgresParallelMcpStore, SqliteParallelMcpStore, type ParallelMcpStoreOptions } from './stores';
export {
  runWorker,
  type RunningWorker,
  type WorkerHandler,
  type WorkerOptions,
  type WorkerResult,
  type WorkerTask,
} from '@multitask/orchestration-tools';
export { OrchestrationError } from '@multitask/orchestration';
