import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { isTaskGroupId, MultitaskError } from '@multitask/contracts';
import { parseJson } from '@multitask/task-group';
import type { FastifyRequest } from 'fastify';
import { bodyOf } from '../edge/unread-body.hook';
import { limited, readAll, refuseAnnounced } from '../inputs/byte.budget';
import { API_GATEWAY_SETTINGS, type ApiGatewaySettings } from '../tokens';
import { GroupHints } from './group.hints';
import { isFresh, isSigned, type HookHeaders } from './hook.signature';

/** A run without its output; what is larger was not sent by the upstream. */
const maxBodyBytes = 256 * 1024;

/**
 * Takes the upstream's webhooks: a hint to look at a group now, and never a fact. Whatever the body says, nothing of it is
 * written down; the group's holder asks the upstream itself.
 */
@Controller()
export class HookController {
  constructor(
    @Inject(GroupHints) private readonly hints: GroupHints,
    @Inject(API_GATEWAY_SETTINGS) private readonly settings: ApiGatewaySettings,
  ) {}

  @Post('/webhook')
  @HttpCode(204)
  async receive(@Req() request: FastifyRequest): Promise<void> {
    const secrets = this.settings.PARALLEL_WEBHOOK_SECRET;
    if (secrets === undefined)
      throw new MultitaskError(
        'path_not_found',
        'This installation takes no webhooks: PARALLEL_WEBHOOK_SECRET is not set.',
      );
    const headers = hookHeaders(request);
    // Before anything is read: who has no fresh time need not send a body.
    if (!headers || !isFresh(headers, Date.now()))
      throw refused('webhook-timestamp is missing, or not of the last 5 minutes');
    refuseAnnounced(request.headers, maxBodyBytes);
    const limit = { maxBytes: maxBodyBytes, what: 'The webhook', watchSpeed: true };
    const body = (await readAll(limited(bodyOf(request), limit))).toString('utf8');
    if (!isSigned(headers, body, secrets)) throw refused('webhook-signature is not that of the account');
    const groupId = groupIn(parseJson(body, 'The webhook'));
    // Of a group that nobody holds there is nothing to be told, and the sender learns nothing of it either.
    if (groupId !== undefined && this.hints.isNew(headers.id)) this.hints.give(groupId);
  }
}

function hookHeaders({ headers }: FastifyRequest): HookHeaders | undefined {
  const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
    (name) => headers[name],
  );
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signature !== 'string') return undefined;
  return id.length > 200 || signature.length > 2_000 ? undefined : { id, timestamp, signature };
}

function groupIn(value: unknown): string | undefined {
  const id = (value as { data?: { taskgroup_id?: unknown } | null } | null)?.data?.taskgroup_id;
  return typeof id === 'string' && isTaskGroupId(id) ? id : undefined;
}

const refused = (why: string): MultitaskError =>
  new MultitaskError('signature_refused', `The webhook is not genuine: ${why}.`);
