import type { ParallelMcpHttpServerOptions } from './http/http.server';
import type { ParallelMcpStoreOptions } from './stores';

type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that cannot be meant; its message names the variable. */
export class SettingError extends Error {}

/** An empty variable is one that is not set. */
const text = (environment: Environment, name: string): string | undefined => environment[name] || undefined;

export function storeFromEnvironment(environment: Environment): ParallelMcpStoreOptions {
  const filename = text(environment, 'PARALLEL_MCP_DB');
  return filename === undefined ? {} : { filename };
}

export function httpFromEnvironment(environment: Environment): ParallelMcpHttpServerOptions & { host: string } {
  const port = text(environment, 'PARALLEL_MCP_PORT') ?? '3333';
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new SettingError('PARALLEL_MCP_PORT must be a number from 0 to 65535.');
  const path = text(environment, 'PARALLEL_MCP_PATH') ?? '/mcp';
  if (!/^\/[\w./~-]*$/.test(path)) throw new SettingError('PARALLEL_MCP_PATH must be a path such as /mcp.');
  const authToken = text(environment, 'PARALLEL_MCP_TOKEN');
  if (authToken !== undefined && /\s/.test(authToken))
    throw new SettingError('PARALLEL_MCP_TOKEN must not have spaces: no request could carry it.');
  return {
    storeOptions: storeFromEnvironment(environment),
    port: Number(port),
    host: text(environment, 'PARALLEL_MCP_HOST') ?? '127.0.0.1',
    path,
    ...(authToken !== undefined && { authToken }),
    allowedHosts: list(environment, 'PARALLEL_MCP_ALLOWED_HOSTS'),
    allowedOrigins: list(environment, 'PARALLEL_MCP_ALLOWED_ORIGINS'),
  };
}

const list = (environment: Environment, name: string): string[] =>
  (environment[name] ?? '')
    .split(',')
    .map((one) => one.trim().toLowerCase())
    .filter((one) => one !== '');
