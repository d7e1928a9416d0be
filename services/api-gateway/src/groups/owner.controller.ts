import { Controller, Get, Header, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { redeliverRequest, type EventsAnswer, type RedeliverAnswer, type WebhookAnswer } from '@multitask/contracts';
import { readCommandBody } from '@multitask/task-group';
import type { FastifyRequest } from 'fastify';
import { groupPaths } from '../paths';
import { API_GATEWAY_SETTINGS, type ApiGatewaySettings } from '../tokens';
import { eventsPerPage, GroupJournal, readCursor } from './group.journal';
import { commanderOf, limitOf, queryOf, smallBody } from './owner.request';
import { Ownership } from './ownership';
import { WebhookDeliveries } from './webhook.deliveries';

/** What only the owner of a group may see of it. */
@Controller()
export class OwnerController {
  constructor(
    @Inject(GroupJournal) private readonly journal: GroupJournal,
    @Inject(WebhookDeliveries) private readonly deliveries: WebhookDeliveries,
    @Inject(Ownership) private readonly ownership: Ownership,
    @Inject(API_GATEWAY_SETTINGS) private readonly settings: ApiGatewaySettings,
  ) {}

  @Get(groupPaths('/events'))
  @Header('cache-control', 'no-store')
  async events(@Req() request: FastifyRequest, @Param('groupId') groupId: string): Promise<EventsAnswer> {
    await commanderOf(request, groupId, this.ownership, this.settings);
    const query = queryOf(request);
    return this.journal.page(groupId, query.get('cursor'), limitOf(query, eventsPerPage));
  }

  @Get(groupPaths('/webhook'))
  @Header('cache-control', 'no-store')
  async webhook(@Req() request: FastifyRequest, @Param('groupId') groupId: string): Promise<WebhookAnswer> {
    await commanderOf(request, groupId, this.ownership, this.settings);
    const cursor = queryOf(request).get('cursor');
    return this.deliveries.page(groupId, cursor === null ? undefined : readCursor(cursor));
  }

  @Post(groupPaths('/webhook/redeliver'))
  @HttpCode(202)
  async redeliver(@Req() request: FastifyRequest, @Param('groupId') groupId: string): Promise<RedeliverAnswer> {
    await commanderOf(request, groupId, this.ownership, this.settings);
    return this.deliveries.redeliver(groupId, readCommandBody(redeliverRequest, await smallBody(request)));
  }
}
