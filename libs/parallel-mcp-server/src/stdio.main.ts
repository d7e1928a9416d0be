import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { storeFromEnvironment } from './environment';
import { createParallelMcpServer } from './stdio.server';
import { whenTold } from './stop';

/** Serves on stdin and stdout until the client closes them, or a signal comes. */
export async function main(): Promise<void> {
  const handle = createParallelMcpServer({ storeOptions: storeFromEnvironment(process.env) });
  const stop = whenTold(() => handle.close());
  process.stdin.on('end', stop).on('close', stop);
  await handle.server.connect(new StdioServerTransport());
}
