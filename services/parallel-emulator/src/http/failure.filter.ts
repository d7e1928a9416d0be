import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Logger } from '@multitask/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Ids } from '../engine/ids';
import { ApiError, errorBody, invalid } from '../wire/api-error';
import { answersWithList } from './endpoint';
import { visitOf } from './visit';

/** Turns whatever goes wrong into the bodies of the real API. */
@Catch()
export class FailureFilter implements ExceptionFilter {
  constructor(
    private readonly ids: Ids,
    private readonly logger: Logger,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent) return this.logger.error({ err: error }, 'failed after the answer had begun');
    const failure = this.failureOf(error);
    if (failure === undefined) return void reply.code(404).send({ detail: 'Not Found' });
    const form = answersWithList(visitOf(request)?.endpoint?.name) ? 'fastapi' : 'envelope';
    void reply
      .code(failure.status)
      .headers(failure.headers)
      .send(errorBody(failure, form, this.ids.reference()));
  }

  /** Undefined for a path that does not exist. */
  private failureOf(error: unknown): ApiError | undefined {
    if (error instanceof ApiError) return error;
    const status = statusOf(error);
    if (status === 404) return undefined;
    if (status === 400 || status === 415)
      return invalid([{ loc: ['body'], msg: 'JSON decode error', type: 'json_invalid' }]);
    if (status === 413) return new ApiError(413, 'Request entity too large');
    this.logger.error({ err: error }, 'unexpected failure');
    return new ApiError(500, 'Internal server error');
  }
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  return typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 500;
}
