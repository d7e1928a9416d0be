import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { MultitaskError } from '@multitask/contracts';
import { CallerResolver } from '@multitask/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { formFolder } from '../paths';
import { API_GATEWAY_SETTINGS, type ApiGatewaySettings } from '../tokens';
import { formAssets } from './form.assets';
import { formPage, formPolicy } from './form.page';
import { llmsText, specMarkdown } from './guide.text';
import { openApiDocument } from './openapi.document';
import { playgroundFile, playgroundPolicy } from './playground.page';

/** The pages that explain the service, each made for the origin it is read at. */
@Controller()
export class DocumentsController {
  constructor(
    @Inject(CallerResolver) private readonly callers: CallerResolver,
    @Inject(API_GATEWAY_SETTINGS) private readonly settings: ApiGatewaySettings,
  ) {}

  @Get('/')
  form(@Res() reply: FastifyReply): void {
    const {
      UPSTREAM_KIND: upstream,
      MAX_ROWS: rows,
      MAX_INPUTS_BYTES: inputsBytes,
      MAX_COST_USD: maxCostUsd,
    } = this.settings;
    page(
      reply,
      formPolicy,
      'text/html; charset=utf-8',
      formPage({ upstream, limits: { rows, inputsBytes, maxCostUsd } }),
    );
  }

  @Get(`${formFolder}/:revision/*`)
  formFile(@Param('revision') revision: string, @Param('*') name: string, @Res() reply: FastifyReply): void {
    const file = formAssets().find(revision, name);
    if (!file) throw new MultitaskError('path_not_found', 'There is nothing at this path.');
    reply.header('cache-control', file.isCurrent ? 'public, max-age=31536000, immutable' : 'no-store');
    page(reply, formPolicy, file.type, file.content);
  }

  @Get('/openapi.json')
  openApi(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    // A document without secrets: tools of other origins may read it.
    void reply
      .headers({ 'access-control-allow-origin': '*', vary: 'host' })
      .send(openApiDocument(this.callers.originOf(request.raw)));
  }

  @Get(['/openapi', '/openapi/:file'])
  playground(@Param('file') name: string | undefined, @Res() reply: FastifyReply): void {
    const file = playgroundFile(name ?? '');
    if (!file) throw new MultitaskError('path_not_found', 'There is nothing at this path.');
    reply.header('cache-control', name ? 'public, max-age=3600' : 'no-cache');
    page(reply, playgroundPolicy, file.type, file.body);
  }

  @Get('/llms.txt')
  llms(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    void reply.type('text/plain; charset=utf-8').send(llmsText(this.callers.originOf(request.raw)));
  }

  @Get('/SPEC.md')
  spec(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    void reply.type('text/markdown; charset=utf-8').send(specMarkdown(this.callers.originOf(request.raw)));
  }
}

function page(reply: FastifyReply, policy: string, type: string, body: string | Buffer): void {
  void reply
    .headers({
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    })
    .type(type)
    .send(body);
}
