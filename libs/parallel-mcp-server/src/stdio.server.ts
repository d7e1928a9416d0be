import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { Orchestrator } from '@multitask/orchestration-tools';
import { newServer, openSource, registryOf, type SourceOptions } from './parts';

export type ParallelMcpServerOptions = SourceOptions;

export interface ParallelMcpHandle {
  /** `connect` it to a transport; one server serves one client. */
  readonly server: Server;
  readonly orchestrator: Orchestrator;
  /** Ends the server, and the store unless it was given. */
  close(): Promise<void>;
}

/** A server over whatever transport it is connected to, usually stdio. */
export function createParallelMcpServer(options: ParallelMcpServerOptions = {}): ParallelMcpHandle {
  const { orchestrator, close } = openSource(options);
  const closing = new AbortController();
  const server = newServer(registryOf(orchestrator, options.onFault), closing.signal);
  return {
    server,
    orchestrator,
    async close() {
      closing.abort();
      await server.close();
      await close();
    },
  };
}
