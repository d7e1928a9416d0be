import { httpFromEnvironment } from './environment';
import { createParallelMcpHttpServer } from './http/http.server';
import { whenTold } from './stop';

/** Serves until a signal comes. */
export async function main(): Promise<void> {
  const options = httpFromEnvironment(process.env);
  const handle = createParallelMcpHttpServer(options);
  whenTold(() => handle.close());
  const { url } = await handle.listen();
  process.stderr.write(`parallel-mcp-server listens at ${url}\n`);
  if (options.authToken === undefined && options.host !== '127.0.0.1')
    process.stderr.write('Nobody is asked for a token, and others can reach this address: set PARALLEL_MCP_TOKEN.\n');
}
