import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { CreateAnswer } from '@multitask/contracts';
import { CallerResolver } from '@multitask/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createdPage } from '../documents/form-created.page';
import { formPolicy } from '../documents/form.page';
import { presentedKey, requiredKey } from '../edge/api-key';
import { idempotencyKeyOf } from '../edge/idempotency-key';
import { answerFormat, preferredWait, type AnswerFormat } from '../edge/preferences';
import { multitaskPaths } from '../paths';
import { API_GATEWAY_SETTINGS, CREATE_METRICS, type ApiGatewaySettings } from '../tokens';
import type { CreateMetrics } from './create.metrics';
import { readCreateRequest } from './create-request.reader';
import { releasingRows } from './create.request';
import { CreateService, type Caller } from './create.service';
import { CompletionWaiter } from './completion.waiter';

@Controller()
export class CreateController {
  constructor(
    @Inject(CreateService) private readonly service: CreateService,
    @Inject(CompletionWaiter) private readonly waiter: CompletionWaiter,
    @Inject(CallerResolver) private readonly callers: CallerResolver,
    @Inject(CREATE_METRICS) private readonly metrics: CreateMetrics,
    @Inject(API_GATEWAY_SETTINGS) private readonly settings: ApiGatewaySettings,
  ) {}

  @Post(multitaskPaths)
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const query = new URLSearchParams(request.raw.url?.split('?', 2)[1] ?? '');
    if (isTrue(query.get('dry_run'))) return this.dryRun(request, reply, query);
    const answer = await this.metrics.observe(() => this.createGroup(request, query));
    // In every kind of answer: a result has no place for it, and a redirect no body.
    if (answer.webhook_secret)
      reply.header('webhook-secret', answer.webhook_secret).header('cache-control', 'no-store');
    const format = answerFormat(request.headers.accept);
    const wait = preferredWait(request.headers.prefer);
    if (wait !== undefined && format !== 'html') {
      reply.header('preference-applied', `wait=${wait}`);
      const result = await this.waiter.resultOf(answer.taskgroup_id, wait, request.raw);
      if (result) {
        reply.status(201).headers({ location: answer.url, 'content-location': `${answer.url}.json` });
        return void reply.type(result.contentType).send(result.body);
      }
    }
    send(reply, answer, format);
  }

  private async createGroup(request: FastifyRequest, query: URLSearchParams): Promise<CreateAnswer> {
    const presented = presentedKey(request.headers, query);
    const keyFor = (formKey?: string) => requiredKey(presented ?? formKey, this.settings.UPSTREAM_KIND);
    const idempotencyKey = idempotencyKeyOf(request);
    const read = await readCreateRequest(request, this.readLimits(), keyFor);
    return releasingRows(read, async () =>
      this.service.create(read, {
        apiKey: keyFor(read.formKey),
        origin: this.callers.originOf(request.raw),
        idempotencyKey,
      }),
    );
  }

  private async dryRun(request: FastifyRequest, reply: FastifyReply, query: URLSearchParams): Promise<void> {
    const presented = presentedKey(request.headers, query);
    const read = await readCreateRequest(request, this.readLimits(), () => undefined);
    const answer = await releasingRows(read, async () => {
      const key = presented ?? read.formKey ?? (this.settings.UPSTREAM_KIND === 'emulator' ? 'emulator' : undefined);
      const caller: Caller = { apiKey: key, origin: this.callers.originOf(request.raw), idempotencyKey: undefined };
      return this.service.dryRun(read, caller);
    });
    void reply.status(200).send(answer);
  }

  private readLimits() {
    const { MAX_BODY_BYTES, MAX_INPUTS_BYTES, MAX_ROWS } = this.settings;
    return { bodyBytes: MAX_BODY_BYTES, inputsBytes: MAX_INPUTS_BYTES, rows: MAX_ROWS };
  }
}

function send(reply: FastifyReply, answer: CreateAnswer, format: AnswerFormat): void {
  reply.header('vary', 'accept').header('cache-control', 'no-store');
  // By path alone: the browser is on our origin already, whatever we call ourselves to others.
  if (format === 'html' && answer.webhook_secret)
    return void reply
      .status(201)
      .headers({
        'content-security-policy': formPolicy,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      })
      .type('text/html; charset=utf-8')
      .send(createdPage(answer));
  if (format === 'html') return void reply.status(303).header('location', `/${answer.taskgroup_id}`).send();
  reply.status(201).header('location', answer.url);
  if (format === 'json') return void reply.send(answer);
  void reply.type('text/plain; charset=utf-8').send(`${answer.url}\n`);
}

const isTrue = (text: string | null): boolean => text !== null && ['', '1', 'true', 'yes'].includes(text.toLowerCase());
