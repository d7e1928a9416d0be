import { Controller, Get, Header, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { MultitaskError } from '@multitask/contracts';
import { findOperation, findRun } from '@multitask/orchestration-operations';
import { CallerResolver } from '@multitask/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TokenBook, type Principal } from '../access/token.book';
import { inOurWords } from '../operations/operation.faults';
import { OperationService } from '../operations/operation.service';
import { OrchestratorResources } from '../orchestrator.resources';
import { policy, script, style } from './page.assets';
import { tokenPage } from './page.html';
import { deadPage, runPage, runPath, runsPage } from './run.html';
import { RunViews } from './run.view';
import { isOwnPage, principalOfSession, sessionCookie } from './session';

const runsShown = 50;
const deadShown = 100;
const waitMs = 20_000;
/** Of a list: further back, the API lists by time. */
const furthest = 100_000;

/** Runs, their tasks and events, dead letters, and questions that wait for an answer, for whoever has a token. */
@Controller('orchestration')
export class PageController {
  constructor(
    @Inject(TokenBook) private readonly tokens: TokenBook,
    @Inject(CallerResolver) private readonly callers: CallerResolver,
    @Inject(OperationService) private readonly service: OperationService,
    @Inject(OrchestratorResources) private readonly resources: OrchestratorResources,
    @Inject(RunViews) private readonly views: RunViews,
  ) {}

  @Get()
  async runs(
    @Query('offset') given: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { principal, who } = this.visitor(request);
    const offset = wholeNumber(given, furthest);
    const { namespace } = principal;
    const filter = { statuses: [], orderBy: 'updatedAt' as const, descending: true, limit: runsShown + 1, offset };
    const runs = await named(() =>
      this.resources.engine.queries.runs({ ...filter, ...(namespace !== undefined && { namespace }) }),
    );
    show(reply, runsPage(runs.slice(0, runsShown), who, offset, runs.length > runsShown));
  }

  @Get('runs/:runId')
  async run(
    @Param('runId') runId: string,
    @Query('cursor') cursor: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { principal, who } = this.visitor(request);
    const view = await named(async () => {
      const run = await findRun(this.resources, { ...principal, signal: never }, runId);
      if (!run) throw new MultitaskError('record_not_found', 'There is no such run.');
      return this.views.of(run, wholeNumber(cursor, Number.MAX_SAFE_INTEGER));
    });
    show(reply, runPage(view, who));
  }

  @Get('dead')
  async dead(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { principal, who } = this.visitor(request);
    const { namespace } = principal;
    const filter = { kinds: [], limit: deadShown, offset: 0, ...(namespace !== undefined && { namespace }) };
    show(reply, deadPage(await named(() => this.resources.engine.queries.deadTasks(filter)), who));
  }

  /** Ends when something happened to the run, or after a while. */
  @Get('wait')
  async wait(@Query() query: Record<string, unknown>, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { principal } = this.visitor(request);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const input = { runId: query.run, cursor: query.after, timeoutMs: waitMs };
    const waited = await this.service.perform(findOperation('wait_run')!, input, principal, gone.signal);
    void reply.header('cache-control', 'no-store').send({ cursor: (waited as { cursor: number }).cursor });
  }

  @Post('session')
  session(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const token = isOwnPage(request, this.callers) ? (fieldsOf(request).get('token')?.trim() ?? '') : '';
    if (!this.tokens.find(token)) {
      show(reply.status(401), tokenPage('Nobody here has this token.'));
      return;
    }
    leaveTo(reply.header('set-cookie', sessionCookie(token, this.isSecure(request))), '/orchestration');
  }

  @Post('leave')
  leave(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    leaveTo(reply.header('set-cookie', sessionCookie('', this.isSecure(request))), '/orchestration');
  }

  @Post('tasks/:taskId/resume')
  async resume(
    @Param('taskId') taskId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = fieldsOf(request).get('answer')?.trim();
    await this.change('resume_task', { taskId, ...(answer && { payload: answer }) }, request, reply);
  }

  @Post('tasks/:taskId/requeue')
  async requeue(
    @Param('taskId') taskId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.change('requeue_dead_task', { taskId }, request, reply);
  }

  @Get('style.css')
  @HttpCode(200)
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('cache-control', 'no-cache')
  css(): string {
    return style;
  }

  @Get('live.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('cache-control', 'no-cache')
  live(): string {
    return script;
  }

  /** Does it, and shows the run that the task belongs to. */
  private async change(operation: string, input: object, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { principal } = this.visitor(request);
    const answer = await this.service.perform(findOperation(operation)!, input, principal, never);
    leaveTo(reply, runPath((answer as { task: { runId: string } }).task.runId));
  }

  private visitor(request: FastifyRequest): { principal: Principal; who: string } {
    const principal = principalOfSession(request, this.tokens, this.callers);
    return { principal, who: principal.namespace ?? 'all namespaces' };
  }

  private isSecure(request: FastifyRequest): boolean {
    return this.callers.originOf(request.raw).startsWith('https:');
  }
}

const never = new AbortController().signal;

const fieldsOf = (request: FastifyRequest): URLSearchParams =>
  new URLSearchParams(typeof request.body === 'string' ? request.body : '');

const wholeNumber = (text: unknown, most: number): number =>
  typeof text === 'string' && /^\d{1,15}$/.test(text) ? Math.min(Number(text), most) : 0;

async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw inOurWords(error);
  }
}

export function show(reply: FastifyReply, page: string): void {
  void reply
    .headers({
      'content-security-policy': policy,
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
    })
    .type('text/html; charset=utf-8')
    .send(page);
}

/** To be looked at anew: a reload then repeats nothing. */
const leaveTo = (reply: FastifyReply, path: string): void => void reply.status(303).header('location', path).send();
