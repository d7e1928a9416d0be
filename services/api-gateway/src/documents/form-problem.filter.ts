import { Catch, type ArgumentsHost } from '@nestjs/common';
import type { Problem } from '@multitask/contracts';
import { ProblemFilter } from '@multitask/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerFormat } from '../edge/preferences';
import { withStoreFaultNamed } from '../edge/store.faults';
import { formPolicy } from './form.page';
import { problemPage } from './problem.page';

/** Failures as a page for browsers, and as problem details for everybody else; stores that are away are no faults of ours. */
@Catch()
export class FormProblemFilter extends ProblemFilter {
  override catch(thrown: unknown, host: ArgumentsHost): void {
    // oxlint-disable-next-line promise/valid-params -- the catch of a filter, not of a promise
    super.catch(withStoreFaultNamed(thrown), host);
  }

  protected override send(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
    reply.header('vary', 'Accept');
    if (answerFormat(request.headers.accept) !== 'html') return super.send(problem, request, reply);
    void reply
      .headers({ 'content-security-policy': formPolicy, 'x-content-type-options': 'nosniff' })
      .type('text/html; charset=utf-8')
      .send(problemPage(problem));
  }
}
