import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Orchestrator } from '@multitask/orchestration-tools';
import { newServer, openSource, registryOf, tellStderr, type SourceOptions } from '../parts';
import { BodyTooLarge, readBody } from './body';
import { Gate, type GateOptions, type Refusal } from './gate';

export interface ParallelMcpHttpServerOptions extends SourceOptions, Partial<Omit<GateOptions, 'authToken'>> {
  /** Default 3333; 0: a free one. */
  readonly port?: number;
  /** When set, every request must carry `Authorization: Bearer <token>`. */
  readonly authToken?: string | undefined;
  /** Bytes of a request; default 4 MiB. */
  readonly maxBodyBytes?: number;
}

export interface ParallelMcpHttpHandle {
  readonly orchestrator: Orchestrator;
  listen(): Promise<{ readonly url: string }>;
  /** Ends waiting calls, lets the others finish, and closes the store unless it was given. */
  close(): Promise<void>;
}

const defaultBodyBytes = 4 * 1024 * 1024;
/** Calls in one body: each is worked on at once. */
const mostInBatch = 100;
const mostAtOnce = 1_000;

/** The tools over Streamable HTTP. No call needs an earlier one: any process over the same store may answer any of them. */
export function createParallelMcpHttpServer(options: ParallelMcpHttpServerOptions = {}): ParallelMcpHttpHandle {
  const { host = '127.0.0.1', port = 3333, path = '/mcp', maxBodyBytes = defaultBodyBytes } = options;
  const { onFault = tellStderr, authToken } = options;
  const source = openSource(options);
  const registry = registryOf(source.orchestrator, onFault);
  const gate = new Gate({ ...options, host, path, ...(authToken === undefined ? {} : { authToken }) } as GateOptions);
  const closing = new AbortController();
  let atOnce = 0;

  const http = createServer((request, response) => {
    const refusal =
      gate.refuse(request) ?? (atOnce >= mostAtOnce ? { status: 503, message: 'Too many calls at once.' } : undefined);
    if (refusal) return refused(response, refusal);
    atOnce++;
    answer(request, response)
      .catch((error: unknown) => {
        onFault(error, 'http');
        refused(response, { status: 500, message: 'Something failed here.' });
      })
      .finally(() => atOnce--);
  });
  // Receiving is bounded in time; answering is not, calls may wait.
  http.headersTimeout = 10_000;
  http.requestTimeout = 60_000;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await parsed(request, maxBodyBytes);
    if ('status' in body) return refused(response, body);
    const server = newServer(registry, closing.signal);
    // Without a generator of session ids there are no sessions: nothing is kept between calls.
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    // A client that hangs up waits no longer, and neither does the call.
    response.on('close', () => void server.close());
    await server.connect(transport as Parameters<typeof server.connect>[0]);
    await transport.handleRequest(request, response, body.json);
  }

  return {
    orchestrator: source.orchestrator,
    async listen() {
      http.listen(port, host);
      await once(http, 'listening');
      const { port: bound } = http.address() as AddressInfo;
      return { url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}${path}` };
    },
    async close() {
      const closed = http.listening ? once(http, 'close') : undefined;
      http.close();
      closing.abort();
      http.closeIdleConnections();
      await source.close();
      await closed;
    },
  };
}

async function parsed(request: IncomingMessage, limit: number): Promise<{ json: unknown } | Refusal> {
  let text: string;
  try {
    text = await readBody(request, limit);
  } catch (error) {
    if (error instanceof BodyTooLarge) return { status: 413, message: `A request has at most ${limit} bytes.` };
    return { status: 400, message: 'The body is not UTF-8, or did not come to its end.' };
  }
  try {
    const json: unknown = JSON.parse(text);
    return Array.isArray(json) && json.length > mostInBatch
      ? { status: 400, message: `A request has at most ${mostInBatch} calls.` }
      : { json };
  } catch {
    return { status: 400, message: 'The body is not JSON.' };
  }
}

/** What is left of the request is not read, so the connection ends with it. */
function refused(response: ServerResponse, { status, message, headers }: Refusal): void {
  if (response.headersSent) return void response.destroy();
  const error = { jsonrpc: '2.0', error: { code: -32_000, message }, id: null };
  response.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close', ...headers });
  response.end(JSON.stringify(error));
}
