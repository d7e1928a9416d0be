import { MultitaskError, problemOf, serviceForPath } from '@multitask/contracts';
import type { Logger } from '@multitask/platform';
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { forward, NobodyThere } from './exchange';
import { ReadinessWatch } from './readiness.watch';
import type { Targets } from './targets';

export interface FrontDoorOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly targets: Targets;
  readonly logger: Logger;
  /** Milliseconds the headers of a request may take, and a third of that more; default 15,000, as in the services behind it. */
  readonly headersTimeoutMs?: number;
}

export interface FrontDoor {
  readonly port: number;
  /** Takes no more requests and cuts those under way. */
  close(): Promise<void>;
}

/** An upload of 256 MiB at 400 KB/s takes 11 minutes. */
const requestTimeoutMs = 15 * 60_000;

/** One origin for all services: each request goes, by its path, to a replica of the service that answers it. */
export async function openFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
  const readiness = new ReadinessWatch(options.targets);
  // Node's own 60 s would keep connections open that say nothing.
  const headersTimeout = options.headersTimeoutMs ?? 15_000;
  const limits = { requestTimeout: requestTimeoutMs, headersTimeout, connectionsCheckingInterval: headersTimeout / 3 };
  const server = createServer({ ...limits, noDelay: true }, (request, response) => {
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    void answer(request, response, agent, options);
  });
  await listen(server, options).catch((error: unknown) => {
    readiness.close();
    throw error;
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        readiness.close();
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  agent: Agent,
  options: FrontDoorOptions,
): Promise<void> {
  const service = serviceForPath(pathOf(request));
  const replicas = options.targets.inTurn(service);
  if (replicas.length === 0)
    return refuse(
      response,
      new MultitaskError('path_not_found', `Nothing answers this path here: ${service} is not running.`),
    );
  for (const replica of replicas) {
    try {
      return await forward({ request, response, agent }, replica);
    } catch (error) {
      if (response.destroyed) return;
      options.logger.warn(
        { service, port: replica.port, reason: (error as Error).message },
        'a replica did not answer',
      );
      if (!(error instanceof NobodyThere)) break;
    }
  }
  refuse(
    response,
    new MultitaskError(
      'service_unreachable',
      'The service behind this path does not answer. It is restarted; please try again in a moment.',
    ),
  );
}

/** Only the path decides; an absolute-form target (`GET http://host/path`) is legal as well. */
function pathOf(request: IncomingMessage): string {
  const target = request.url ?? '/';
  if (!target.startsWith('/')) return URL.canParse(target) ? new URL(target).pathname : '/';
  const end = target.search(/[?#]/);
  return end < 0 ? target : target.slice(0, end);
}

function refuse(response: ServerResponse, error: MultitaskError): void {
  if (response.destroyed) return;
  const problem = problemOf(error);
  const body = JSON.stringify(problem);
  response.writeHead(problem.status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'access-control-allow-origin': '*',
    ...(problem.retryable && { 'retry-after': '1' }),
  });
  response.end(body);
}

function listen(server: Server, { host, port }: FrontDoorOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explained(error, host, port)));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      // Running out of file descriptors is reported here; it must not end the process.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

function explained(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE')
    return new Error(`Port ${port} is taken. Choose another with --port, or 0 for a free one.`);
  if (error.code === 'EACCES')
    return new Error(`Port ${port} may not be used by this account. Choose one above 1023 with --port.`);
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return new Error(`${host} is no address of this machine. Choose another with --host.`);
  return error;
}
