import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { MultitaskError, problemOf, type Problem } from '@multitask/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logging';
import type { AllowedMethods } from './allowed-methods';
import { foreseen } from './fault';

/**
 * Every failure of an HTTP service as RFC 9457 problem details, from the one registry of errors.
 * What nobody foresaw is logged with its stack and answered `internal`, without a word of its own message.
 * The service runner installs it; a service that answers failures in other formats too extends it and overrides {@link send}.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    protected readonly logger: Logger,
    private readonly allowedMethods?: AllowedMethods,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const { error, headers } = this.explain(thrown, request);
    const problem = problemOf(error);
    this.report(problem, error, request);
    if (reply.sent || reply.raw.headersSent) {
      // Half an answer is out: cutting the connection is the only way left to say that the rest is missing.
      reply.raw.destroy();
      return;
    }
    for (const [name, value] of Object.entries(headers)) reply.header(name, value);
    this.send(problem, request, reply.status(problem.status).header('cache-control', 'no-store'));
  }

  /** Status and headers are set; writes the body. */
  protected send(problem: Problem, _request: FastifyRequest, reply: FastifyReply): void {
    void reply.type('application/problem+json').send(JSON.stringify(problem));
  }

  private explain(thrown: unknown, request: FastifyRequest): { error: unknown; headers: Record<string, string> } {
    const error = foreseen(thrown);
    if (!error) return { error: thrown, headers: {} };
    const allow = error.code === 'path_not_found' ? (this.allowedMethods?.of(request.url) ?? []) : [];
    if (allow.length > 0 && !allow.includes(request.method)) {
      const message = `This path takes ${allow.join(', ')}.`;
      return { error: new MultitaskError('method_not_allowed', message), headers: { allow: allow.join(', ') } };
    }
    const { retryAfter } = error.details;
    return {
      error,
      headers: {
        ...(retryAfter !== undefined && { 'retry-after': String(Math.max(1, Math.ceil(retryAfter))) }),
        ...(error.kind.status === 401 && { 'www-authenticate': 'Bearer' }),
      },
    };
  }

  /** The route's pattern, never the URL: a query may hold a key. */
  private report(problem: Problem, error: unknown, request: FastifyRequest): void {
    const about = {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions?.url,
      code: problem.code,
    };
    if (!MultitaskError.is(error)) this.logger.error({ ...about, err: error }, 'a request failed unexpectedly');
    else if (problem.status >= 500) this.logger.warn({ ...about, err: error }, problem.title);
    else this.logger.debug(about, problem.detail);
  }
}
