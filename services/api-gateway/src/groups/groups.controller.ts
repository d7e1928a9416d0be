import { Controller, Get, Inject, Req } from '@nestjs/common';
import { isTaskGroupId, MultitaskError, type GroupListAnswer } from '@multitask/contracts';
import { GroupRepository, type GroupCursor } from '@multitask/read-model';
import { isActive, type GroupHeader } from '@multitask/task-group';
import { Vault } from '@multitask/vault';
import type { FastifyRequest } from 'fastify';
import { presentedKey, requiredKey } from '../edge/api-key';
import { multitaskPaths } from '../paths';
import { API_GATEWAY_SETTINGS, type ApiGatewaySettings } from '../tokens';

const pageSize = 50;

/** The groups of whoever asks, by the fingerprint of the key. */
@Controller()
export class GroupsController {
  constructor(
    @Inject(GroupRepository) private readonly groups: GroupRepository,
    @Inject(Vault) private readonly vault: Vault,
    @Inject(API_GATEWAY_SETTINGS) private readonly settings: ApiGatewaySettings,
  ) {}

  @Get(multitaskPaths)
  async list(@Req() request: FastifyRequest): Promise<GroupListAnswer> {
    const query = new URLSearchParams(request.raw.url?.split('?', 2)[1] ?? '');
    const key = requiredKey(presentedKey(request.headers, query), this.settings.UPSTREAM_KIND);
    const cursor = query.get('cursor');
    const headers = await this.groups.groupsByOwner(
      this.vault.fingerprintOf(key),
      pageSize + 1,
      cursor ? decodeCursor(cursor) : undefined,
    );
    const page = headers.slice(0, pageSize);
    const last = headers.length > pageSize ? page.at(-1) : undefined;
    return { groups: page.map(listed), next_cursor: last ? encodeCursor(last) : null };
  }
}

const listed = (header: GroupHeader): GroupListAnswer['groups'][number] => ({
  taskgroup_id: header.groupId,
  url: `${header.origin}/${header.groupId}`,
  title: header.spec.title ?? null,
  processor: header.spec.processor,
  num_inputs: header.rowCount,
  is_active: isActive(header),
  status_counts: header.counts as Record<string, number>,
  created_at: header.createdAt,
  expires_at: header.expiresAt,
});

const encodeCursor = (header: GroupHeader): string =>
  Buffer.from(`${header.createdAt} ${header.groupId}`).toString('base64url');

function decodeCursor(text: string): GroupCursor {
  const [time = '', groupId = ''] = Buffer.from(text.slice(0, 200), 'base64url').toString().split(' ');
  const createdAt = new Date(time);
  if (Number.isNaN(createdAt.getTime()) || !isTaskGroupId(groupId))
    throw new MultitaskError('invalid_field', 'cursor must be one that an earlier answer gave as next_cursor.', {
      field: 'cursor',
    });
  return { createdAt, groupId };
}
