import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mcpServer, ToolRegistry } from '@multitask/mcp-kit';
import type { OrchestrationStore } from '@multitask/orchestration';
import { orchestrationTools, type Orchestrator } from '@multitask/orchestration-tools';
import { ParallelMcpOrchestrator } from './orchestrator';
import { openStore, type ParallelMcpStoreOptions } from './stores';

/** Where a server's runs and tasks are: an orchestrator or a store that is there already and may be shared, or one of its own. */
export interface SourceOptions {
  readonly orchestrator?: Orchestrator;
  readonly store?: OrchestrationStore;
  readonly storeOptions?: ParallelMcpStoreOptions;
  /** The lease of a claim that names none, milliseconds; default 30,000. Not for an orchestrator that is given. */
  readonly defaultLeaseMs?: number;
  /** Told of faults that no caller is told of; default: a line on stderr. */
  readonly onFault?: (error: unknown, what: string) => void;
}

export interface Source {
  readonly orchestrator: Orchestrator;
  /** Closes what this made, and nothing that was given. */
  close(): Promise<void>;
}

export function openSource(options: SourceOptions): Source {
  if (options.orchestrator) return { orchestrator: options.orchestrator, close: async () => undefined };
  const store = options.store ?? openStore(options.storeOptions);
  const { defaultLeaseMs, onFault = tellStderr } = options;
  const orchestrator = new ParallelMcpOrchestrator(store, {
    onFault,
    ...(defaultLeaseMs !== undefined && { defaultLeaseMs }),
  });
  const close = async () => {
    await orchestrator.close();
    if (!options.store) await store.close();
  };
  return { orchestrator, close };
}

/** Standard output belongs to the protocol. The stack stays here; whoever called is told that something failed. */
export const tellStderr = (error: unknown, what: string): void =>
  void process.stderr.write(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);

const instructions =
  'Durable work shared by many workers. create_run, enqueue_task with dependencies, then claim_next_task, ' +
  'heartbeat_lease while working, and complete_task or fail_task. wait_run tells what happened since its cursor.';

export const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as { version: string };

export const registryOf = (orchestrator: Orchestrator, onFault: SourceOptions['onFault'] = tellStderr) =>
  new ToolRegistry(orchestrationTools(orchestrator), { onFault });

/** One server for one client; `closing` sends home the calls that wait. */
export const newServer = (registry: ReturnType<typeof registryOf>, closing: AbortSignal) =>
  mcpServer(registry, {
    name: 'parallel-mcp-server',
    version,
    instructions,
    contextOf: (signal) => ({ signal: AbortSignal.any([signal, closing]) }),
  });
