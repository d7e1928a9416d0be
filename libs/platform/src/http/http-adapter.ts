import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { problemOf } from '@multitask/contracts';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { withTrace } from '../trace/trace-context';
import { AllowedMethods } from './allowed-methods';
import { answerClientFault } from './client-fault';
import { foreseen } from './fault';

export interface HttpLimits {
  /** Bytes of a body. */
  readonly bodyLimit: number;
  /** Milliseconds a whole request, body included, may take to arrive. */
  readonly requestTimeoutMs: number;
  /** Milliseconds for the headers alone. */
  readonly headersTimeoutMs: number;
}

const requestIdPattern = /^[A-Za-z0-9._-]{1,64}$/;

/** Fastify under Nest with our limits; each request has an id (the caller's, where it is harmless) and a trace. */
export function httpAdapter(limits: HttpLimits): { adapter: FastifyAdapter; allowedMethods: AllowedMethods } {
  const adapter = new FastifyAdapter({
    bodyLimit: limits.bodyLimit,
    requestTimeout: limits.requestTimeoutMs,
    // Node looks for late requests only this often; its default of 30 s would let a slow one live twice as long.
    http: { headersTimeout: limits.headersTimeoutMs, connectionsCheckingInterval: limits.headersTimeoutMs / 3 },
    // On closing, requests under way are finished; the runner cuts what has not ended in time.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 300 },
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers['x-request-id']),
    clientErrorHandler: answerClientFault,
    // Faults of the URL itself are found before any route, so no filter of Nest sees them.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      const problem = problemOf(foreseen(error));
      void reply
        .status(problem.status)
        .headers({ 'content-type': 'application/problem+json', 'x-request-id': request.id })
        .send(JSON.stringify(problem));
    },
  });
  const instance = adapter.getInstance();
  instance.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    withTrace(request.headers.traceparent, done, request.id);
  });
  const allowedMethods = new AllowedMethods();
  allowedMethods.watch(instance);
  return { adapter, allowedMethods };
}

const requestIdOf = (header: string | string[] | undefined): string =>
  typeof header === 'string' && requestIdPattern.test(header) ? header : randomUUID();
