import { Catch } from '@nestjs/common';
import type { Problem } from '@multitask/contracts';
import { ProblemFilter, type AllowedMethods, type Logger } from '@multitask/platform';
import { problemHtml, problemMarkdown, type PageAssets } from '@multitask/result-formats';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemFormat } from './target';

/** Failures in the format that was asked for. */
@Catch()
export class NegotiatedProblemFilter extends ProblemFilter {
  constructor(
    logger: Logger,
    allowedMethods: AllowedMethods,
    private readonly assets: PageAssets,
  ) {
    super(logger, allowedMethods);
  }

  protected override send(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
    reply.header('vary', 'Accept');
    switch (problemFormat(request.url, request.headers.accept)) {
      case 'html':
        return void reply.type('text/html; charset=utf-8').send(problemHtml(problem, this.assets));
      case 'md':
        return void reply.type('text/markdown; charset=utf-8').send(problemMarkdown(problem));
      case 'json':
        return super.send(problem, request, reply);
    }
  }
}
