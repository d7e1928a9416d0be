import { Controller, Delete, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import {
  retryRequest,
  type AppendAnswer,
  type CancelAnswer,
  type DeleteAnswer,
  type RetryAnswer,
} from '@multitask/contracts';
import { readCommandBody } from '@multitask/task-group';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { groupPaths } from '../paths';
import { API_GATEWAY_SETTINGS, type ApiGatewaySettings } from '../tokens';
import { readAppendRequest } from './append.reader';
import { GroupCommands, type Commander } from './group.commands';
import { commanderOf, smallBody } from './owner.request';
import { Ownership } from './ownership';

/** What the owner of a group may do to it. */
@Controller()
export class CommandsController {
  constructor(
    @Inject(GroupCommands) private readonly commands: GroupCommands,
    @Inject(Ownership) private readonly ownership: Ownership,
    @Inject(API_GATEWAY_SETTINGS) private readonly settings: ApiGatewaySettings,
  ) {}

  @Post(groupPaths('/runs'))
  @HttpCode(202)
  async append(@Req() request: FastifyRequest, @Param('groupId') groupId: string): Promise<AppendAnswer> {
    const by = await this.commander(request, groupId);
    const { MAX_BODY_BYTES, MAX_INPUTS_BYTES, MAX_ROWS } = this.settings;
    const limits = { bodyBytes: MAX_BODY_BYTES, inputsBytes: MAX_INPUTS_BYTES, rows: MAX_ROWS };
    return this.commands.append(by, await readAppendRequest(request, limits));
  }

  @Post(groupPaths('/retry'))
  @HttpCode(202)
  async retry(@Req() request: FastifyRequest, @Param('groupId') groupId: string): Promise<RetryAnswer> {
    const by = await this.commander(request, groupId);
    return this.commands.retry(by, readCommandBody(retryRequest, await smallBody(request)));
  }

  @Post(groupPaths('/cancel'))
  @HttpCode(200)
  async cancel(@Req() request: FastifyRequest, @Param('groupId') groupId: string): Promise<CancelAnswer> {
    return this.commands.cancel(await this.commander(request, groupId));
  }

  @Delete(groupPaths(''))
  async delete(
    @Req() request: FastifyRequest,
    @Param('groupId') groupId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeleteAnswer> {
    const answer = await this.commands.delete(await this.commander(request, groupId));
    reply.status(answer.deleted ? 200 : 202);
    return answer;
  }

  private commander(request: FastifyRequest, groupId: string): Promise<Commander> {
    return commanderOf(request, groupId, this.ownership, this.settings);
  }
}
