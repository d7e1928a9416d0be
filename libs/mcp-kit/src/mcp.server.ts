import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type CallToolResult,
} from '@modelcontextprotocol/sdk/types.js';
import type { ToolRegistry } from './tool.registry';

export interface McpServerOptions<Context> {
  readonly name: string;
  readonly version: string;
  /** For the model: what these tools are for together. */
  readonly instructions?: string;
  /** `signal` aborts when the caller has gone or takes the request back. */
  readonly contextOf: (signal: AbortSignal) => Context;
}

/** The tools over the official library, protocols up to 2025-11-25. One server serves one client: make a new one for the next. */
export function mcpServer<Context>(registry: ToolRegistry<Context>, options: McpServerOptions<Context>): Server {
  const { name, version, instructions, contextOf } = options;
  const server = new Server(
    { name, version },
    { capabilities: { tools: {} }, ...(instructions !== undefined && { instructions }) },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: registry.list() as never }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }) => {
    if (!registry.has(params.name)) throw new McpError(ErrorCode.InvalidParams, 'There is no such tool.');
    return (await registry.result(params.name, params.arguments, contextOf(signal))) as CallToolResult;
  });
  return server;
}
