import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Health, HealthReport } from './health';
import type { Metrics } from './metrics';

export interface OperationsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Probes and metrics, on a port of their own that is never published. */
export async function startOperationsServer(options: {
  host: string;
  port: number;
  health: Health;
  metrics: Metrics;
}): Promise<OperationsServer> {
  const { health, metrics } = options;
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/livez') return answer(response, health.live());
    if (path === '/startupz') return answer(response, health.startup());
    if (path === '/readyz') return void health.ready().then((report) => answer(response, report));
    if (path === '/metrics')
      return void metrics.registry.metrics().then(
        (text) => response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, report: HealthReport): void {
  response.writeHead(report.ok ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(report));
}
