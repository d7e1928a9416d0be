import { Catch } from '@nestjs/common';
import type { Problem } from '@multitask/contracts';
import { ProblemFilter } from '@multitask/platform';
import { html } from '@multitask/result-formats';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { show } from './page.controller';
import { framed, tokenPage } from './page.html';

/** Failures of the pages as pages, and without a token the form that takes one. */
@Catch()
export class PageProblemFilter extends ProblemFilter {
  protected override send(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
    const isPage = /^\/orchestration([/?]|$)/.test(request.url) && /text\/html/.test(request.headers.accept ?? '');
    if (!isPage) return super.send(problem, request, reply);
    if (problem.status === 401) return show(reply, tokenPage(undefined));
    const body = html`<h1>${problem.title}</h1>
      <p>${problem.detail}</p>
      <p><a href="/orchestration">All runs</a></p>`;
    show(reply, framed({ title: problem.title, who: undefined }, body));
  }
}
