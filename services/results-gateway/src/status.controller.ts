import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { MultitaskError } from '@multitask/contracts';
import { statusProbe } from '@multitask/result-formats';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GroupSource } from './group/group.source';
import { sendBody } from './http/body.sender';
import { groupTarget } from './http/target';
import { OutageWatch } from './outage/outage.watch';
import { ResultPresenter } from './pages/result.presenter';

/** The small probe for pollers, always JSON and under 1 KiB. */
@Controller()
export class StatusController {
  constructor(
    @Inject(GroupSource) private readonly source: GroupSource,
    @Inject(ResultPresenter) private readonly presenter: ResultPresenter,
    @Inject(OutageWatch) private readonly outage: OutageWatch,
  ) {}

  @Get(':name/status')
  async read(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { id, format } = groupTarget(name);
    if (format) throw new MultitaskError('path_not_found', 'There is nothing at this path.');
    const found = await this.source.header(id);
    const open = () => ({ pieces: [`${JSON.stringify(statusProbe(found.view, this.outage.notice))}\n`] });
    await sendBody({ format: 'json', etag: this.presenter.etag(found, 'status'), open }, request, reply);
  }
}
