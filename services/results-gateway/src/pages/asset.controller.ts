import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { MultitaskError } from '@multitask/contracts';
import type { FastifyReply } from 'fastify';
import { AssetStore } from './page-assets';

@Controller('assets')
export class AssetController {
  constructor(@Inject(AssetStore) private readonly assets: AssetStore) {}

  @Get(':file')
  read(@Param('file') file: string, @Res() reply: FastifyReply): void {
    const found = this.assets.find(file);
    if (!found) throw new MultitaskError('path_not_found', 'There is nothing at this path.');
    void reply.type(found.type).header('cache-control', 'public, max-age=31536000, immutable').send(found.content);
  }
}
