import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const hook = new URL('../typescript.hook.mjs', import.meta.url).href;

export interface Claimed {
  readonly task: { readonly id: string };
  readonly lease: { readonly id: string; readonly workerId: string };
}

/** Of what tools answer, what is looked at here. */
export interface Answer {
  readonly run: { readonly id: string };
  readonly claim: Claimed | null;
}

/** A server over stdio in a process of its own, and a real client that checks every answer. */
export class McpProcess {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async ours(root: string, database: string): Promise<McpProcess> {
    const file = `${root}/libs/parallel-mcp-server/bin/parallel-mcp-server.cjs`;
    return McpProcess.start([file], { PARALLEL_MCP_DB: database });
  }

  static echo(): Promise<McpProcess> {
    const file = fileURLToPath(new URL('../neighbours/echo.server.ts', import.meta.url));
    return McpProcess.start(['--import', hook, file], {});
  }

  private static async start(args: string[], env: Record<string, string>): Promise<McpProcess> {
    const client = new Client({ name: 'bench', version: '1' });
    await client.connect(new StdioClientTransport({ command: process.execPath, args, env, stderr: 'inherit' }));
    await client.listTools();
    return new McpProcess(client);
  }

  /** Throws what the tool refused. */
  async call(name: string, input: object): Promise<Answer> {
    const result = await this.#client.callTool({ name, arguments: input as Record<string, unknown> });
    if (result.isError) throw new Error(JSON.stringify(result.content));
    return result.structuredContent as unknown as Answer;
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
