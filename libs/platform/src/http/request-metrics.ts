import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics';

/** Counts and times every request by the route's pattern, so that ids in paths never become labels. */
export function observeRequests(instance: FastifyInstance, metrics: Metrics): void {
  const duration = metrics.histogram('http_request_seconds', 'Seconds from request to end of answer', [
    'method',
    'route',
    'status',
  ]);
  instance.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown');
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    duration.observe(labels, reply.elapsedTime / 1_000);
    done();
  });
}
