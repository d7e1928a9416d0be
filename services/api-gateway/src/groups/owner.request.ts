import { isTaskGroupId, MultitaskError } from '@multitask/contracts';
import type { FastifyRequest } from 'fastify';
import { presentedKey, requiredKey } from '../edge/api-key';
import { idempotencyKeyOf } from '../edge/idempotency-key';
import { bodyOf } from '../edge/unread-body.hook';
import { limited, readAll, refuseAnnounced } from '../inputs/byte.budget';
import type { ApiGatewaySettings } from '../tokens';
import type { Commander } from './group.commands';
import type { Ownership } from './ownership';

/** 100,000 row numbers in a list. */
const maxBodyBytes = 1024 * 1024;

export const queryOf = (request: FastifyRequest): URLSearchParams =>
  new URLSearchParams(request.raw.url?.split('?', 2)[1] ?? '');

/** Who commands which group; throws unless the group is there and the caller's own. */
export async function commanderOf(
  request: FastifyRequest,
  groupId: string,
  ownership: Ownership,
  { UPSTREAM_KIND }: Pick<ApiGatewaySettings, 'UPSTREAM_KIND'>,
): Promise<Commander> {
  const apiKey = requiredKey(presentedKey(request.headers, queryOf(request)), UPSTREAM_KIND);
  if (!isTaskGroupId(groupId))
    throw new MultitaskError('group_not_found', 'There is no task group of this id: ids are tgrp_ and 32 hex digits.');
  const idempotencyKey = idempotencyKeyOf(request);
  await ownership.check(groupId, apiKey);
  return { groupId, apiKey, idempotencyKey };
}

/** A command's small body as text. */
export async function smallBody(request: FastifyRequest): Promise<string> {
  refuseAnnounced(request.headers, maxBodyBytes);
  const limit = { maxBytes: maxBodyBytes, what: 'The body', watchSpeed: true };
  const bytes = await readAll(limited(bodyOf(request), limit));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new MultitaskError('malformed_body', 'The body is not UTF-8 text.');
  }
}

/** A whole number in the query, from 1 to `max`. */
export function limitOf(query: URLSearchParams, max: number): number {
  const text = query.get('limit') ?? String(max);
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= max) return limit;
  throw new MultitaskError('invalid_field', `limit must be a whole number from 1 to ${max}.`, { field: 'limit' });
}
