import type { JsonObject } from '@multitask/contracts';
import type { OrchestrationStore } from '@multitask/orchestration';
import { operations } from '@multitask/orchestration-operations';
import { Orchestrator, type OrchestratorOptions } from '@multitask/orchestration-tools';

/** A test compares them with the tools there are. */
export const toolNames = [
  ...(['create_run', 'get_run', 'get_task', 'seal_run', 'cancel_run', 'list_runs', 'list_run_tasks'] as const),
  ...(['list_run_events', 'list_events_since', 'list_pending_tasks', 'enqueue_task', 'enqueue_tasks'] as const),
  ...(['claim_next_task', 'claim_tasks', 'heartbeat_lease', 'mark_task_running', 'pause_task'] as const),
  ...(['resume_task', 'complete_task', 'fail_task', 'release_task', 'expire_leases'] as const),
  ...(['append_context_snapshot', 'get_current_context_snapshot', 'get_context_snapshot'] as const),
  ...(['list_context_snapshots', 'prune_runs', 'list_dead_tasks', 'requeue_dead_task', 'wait_run'] as const),
] as const;

type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

/** One method for each tool, named like it: `createRun`, `claimNextTask`. Takes the tool's input, answers its output. */
export type ToolMethods = {
  readonly [Name in (typeof toolNames)[number] as Camel<Name>]: (input?: object) => Promise<JsonObject>;
};

const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/**
 * The engine for use in one's own process: the methods are the tools, the same for a model over MCP and for code. Throws
 * `OrchestrationError`, whose `name` is one of the documented ones and whose `field` is the argument at fault.
 */
class OrchestratorWithMethods extends Orchestrator {
  constructor(store: OrchestrationStore, options: OrchestratorOptions = {}) {
    super(store, options);
    for (const { name } of operations)
      Object.defineProperty(this, camel(name), { value: (input: object = {}) => this.perform(name, input) });
  }
}

export type ParallelMcpOrchestrator = Orchestrator & ToolMethods;
export const ParallelMcpOrchestrator = OrchestratorWithMethods as unknown as new (
  store: OrchestrationStore,
  options?: OrchestratorOptions,
) => ParallelMcpOrchestrator;
