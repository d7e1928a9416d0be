import { Controller, Get, Headers, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { MultitaskError } from '@multitask/contracts';
import { formats, parseResultQuery, type QueryParameters } from '@multitask/result-formats';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RowSource } from './group/row.source';
import { sendBody } from './http/body.sender';
import { studioPolicy } from './http/response-headers';
import { formatOf, groupTarget, runTarget, wantsStudio } from './http/target';
import { ResultPresenter, rowFormats, type DocumentFormat, type RowFormat } from './pages/result.presenter';
import { streamQuery } from './stream/stream.query';
import { StreamService } from './stream/stream.service';

/** `/tgrp_…` and `/trun_…`, each with or without an extension. */
@Controller()
export class ResultController {
  constructor(
    @Inject(ResultPresenter) private readonly presenter: ResultPresenter,
    @Inject(RowSource) private readonly rows: RowSource,
    @Inject(StreamService) private readonly streams: StreamService,
  ) {}

  @Get(':name')
  async read(
    @Param('name') name: string,
    @Query() query: QueryParameters,
    @Headers('accept') accept: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (name.startsWith('trun_')) return this.readRun(name, accept, request, reply);
    const target = groupTarget(name);
    if (wantsStudio(target, accept)) return this.openStudio(target.id, request, reply);
    const format = formatOf(target, accept, formats);
    if (format === 'sse') return this.streams.openGroup(target.id, streamQuery(query, request), reply);
    const body = await this.presenter.group(target.id, format satisfies DocumentFormat, parseResultQuery(query));
    await sendBody(body, request, reply);
  }

  @Get(':name/runs/:run')
  async readRow(
    @Param('name') name: string,
    @Param('run') run: string,
    @Headers('accept') accept: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { id, format } = groupTarget(name);
    if (format) throw new MultitaskError('path_not_found', 'The extension belongs behind the run’s id.');
    const target = runTarget(run);
    const chosen = formatOf(target, accept, [...rowFormats, 'sse']);
    const found = await this.rows.inGroup(id, target.id);
    if (chosen === 'sse') return this.streams.openRun({ groupId: id, row: found.row.row, runId: target.id }, reply);
    await sendBody(this.presenter.row(found.row, found.header, chosen as RowFormat), request, reply);
  }

  private async openStudio(groupId: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const body = await this.presenter.studio(groupId);
    reply.header('content-security-policy', studioPolicy);
    await sendBody(body, request, reply);
  }

  private async readRun(
    name: string,
    accept: string | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const target = runTarget(name);
    const chosen = formatOf(target, accept, [...rowFormats, 'sse']);
    const { header, row } = await this.rows.anywhere(target.id);
    if (chosen === 'sse')
      return this.streams.openRun({ groupId: header.groupId, row: row.row, runId: target.id }, reply);
    await sendBody(this.presenter.row(row, header, chosen as RowFormat), request, reply);
  }
}
