import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';

/** A real client, which checks each answer against the schema that the server advertises. */
export class McpClient {
  private constructor(
    readonly client: Client,
    private readonly transport: Transport & { readonly pid?: number | null },
  ) {}

  static async over(transport: Transport): Promise<McpClient> {
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(transport);
    // A client knows the schemas of answers once it has listed the tools.
    await client.listTools();
    return new McpClient(client, transport);
  }

  static stdio(command: string, args: string[], env: Record<string, string>, cwd?: string): Promise<McpClient> {
    const where = cwd === undefined ? {} : { cwd };
    return McpClient.over(new StdioClientTransport({ command, args, env, stderr: 'inherit', ...where }));
  }

  static http(url: string, token?: string): Promise<McpClient> {
    const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    return McpClient.over(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }) as Transport);
  }

  result(name: string, input: object): Promise<CallToolResult> {
    return this.client.callTool({ name, arguments: input as Record<string, unknown> }) as Promise<CallToolResult>;
  }

  /** The structured answer; a refusal is thrown. */
  async call(name: string, input: object): Promise<any> {
    const { structuredContent, isError, content } = await this.result(name, input);
    if (isError) throw new Error(JSON.stringify(content));
    return structuredContent;
  }

  /** The server's process dies as by `kill -9`. */
  kill(): void {
    if (this.transport.pid) process.kill(this.transport.pid, 'SIGKILL');
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
