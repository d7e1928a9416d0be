import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

/** The least that answers a tool's call over stdio: what it was given, as structure and as text, as our tools answer. */
const server = new Server({ name: 'echo', version: '1' }, { capabilities: { tools: {} } });
const inputSchema = { type: 'object' as const };
server.setRequestHandler(ListToolsRequestSchema, () => ({
  tools: [{ name: 'echo', inputSchema, outputSchema: { type: 'object' as const } }],
}));
server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
  const structuredContent = params.arguments ?? {};
  return { content: [{ type: 'text' as const, text: JSON.stringify(structuredContent) }], structuredContent };
});
await server.connect(new StdioServerTransport());
