import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { groupsHtml } from '@multitask/result-formats';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendBody } from '../http/body.sender';
import { AssetStore } from './page-assets';

/** `/groups`: knows no group itself. Its script asks for those of a key, where commands are served. */
@Controller('groups')
export class GroupsController {
  constructor(@Inject(AssetStore) private readonly assets: AssetStore) {}

  @Get()
  async read(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const open = () => ({ pieces: [groupsHtml(this.assets.groups)] });
    await sendBody({ format: 'html', etag: `W/"groups.${this.assets.revision}"`, open }, request, reply);
  }
}
