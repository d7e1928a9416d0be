import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { MultitaskError } from '@multitask/contracts';
import type { FastifyReply } from 'fastify';
import { studioPolicy } from '../http/response-headers';
import { AssetStore } from './page-assets';
import { studioWorker } from './studio.assets';

@Controller('assets')
export class AssetController {
  constructor(@Inject(AssetStore) private readonly assets: AssetStore) {}

  @Get(':revision/*')
  read(@Param('revision') revision: string, @Param('*') name: string, @Res() reply: FastifyReply): void {
    const found = this.assets.find(revision, name);
    if (!found) throw new MultitaskError('path_not_found', 'There is nothing at this path.');
    const kept = found.isCurrent ? 'public, max-age=31536000, immutable' : 'no-store';
    // A thread obeys the policy its script came with.
    if (name === studioWorker) reply.header('content-security-policy', studioPolicy);
    void reply.type(found.type).header('cache-control', kept).send(found.content);
  }
}
