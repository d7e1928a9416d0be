import { Controller, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { MultitaskError } from '@multitask/contracts';
import { findOperation, type Operation } from '@multitask/orchestration-operations';
import { CallerResolver } from '@multitask/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TokenBook } from '../access/token.book';
import { openApiDocument } from './openapi.document';
import { OperationService } from './operation.service';
import { inputOfBody, inputOfQuery } from './request.input';

/** Every operation under its own name: `POST` takes its input as JSON, and those that only read take it in the query as well. */
@Controller('v1/orchestration')
export class OperationsController {
  constructor(
    @Inject(TokenBook) private readonly tokens: TokenBook,
    @Inject(OperationService) private readonly service: OperationService,
    @Inject(CallerResolver) private readonly callers: CallerResolver,
  ) {}

  @Get('openapi.json')
  document(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    // A document without secrets: tools of other origins may read it.
    void reply
      .headers({ 'access-control-allow-origin': '*', vary: 'host' })
      .send(openApiDocument(this.callers.originOf(request.raw)));
  }

  @Post(':operation')
  @HttpCode(200)
  async post(
    @Param('operation') name: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const operation = required(name);
    const principal = this.tokens.require(request.headers.authorization);
    const answer = await this.service.perform(operation, inputOfBody(operation, request), principal, goneSignal(reply));
    reply.header('cache-control', 'no-store');
    return answer;
  }

  @Get(':operation')
  async get(
    @Param('operation') name: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const operation = required(name);
    if (operation.effect !== 'read') {
      reply.header('allow', 'POST');
      throw new MultitaskError('method_not_allowed', `${name} changes something: use POST.`);
    }
    const principal = this.tokens.require(request.headers.authorization);
    const answer = await this.service.perform(
      operation,
      inputOfQuery(operation, request),
      principal,
      goneSignal(reply),
    );
    // A URL names a thing: without it there is nothing at the URL.
    const [found] = Object.values(answer) as unknown[];
    if (found === null && Object.keys(answer).length === 1 && operation.name !== 'get_current_context_snapshot')
      throw new MultitaskError('record_not_found', 'RecordNotFoundError: There is nothing of this id.');
    reply.header('cache-control', 'no-store');
    return answer;
  }
}

function required(name: string): Operation {
  const operation = findOperation(name);
  if (operation) return operation;
  throw new MultitaskError(
    'path_not_found',
    'There is no such operation; /v1/orchestration/openapi.json lists all there are.',
  );
}

/** Aborts when the connection ends before the answer is out. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}
