import { randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/transport-node';
import { requestSubjects, type DataReply, type DataRequest } from '@multitask/contracts';
import type { RenderedResult } from './completion.waiter';

const timeoutMs = 5_000;

/**
 * Asks the results-gateway to render a finished group, in the envelope Nest's NATS transport speaks. Undefined when the result
 * is too large for a message, or nobody answers: the caller has the URL anyway.
 */
export async function renderedResult(nats: NatsConnection, groupId: string): Promise<RenderedResult | undefined> {
  const data: DataRequest = { id: groupId, format: 'json' };
  const subject = requestSubjects.getData;
  const message = await nats.request(subject, JSON.stringify({ pattern: subject, data, id: randomUUID() }), {
    timeout: timeoutMs,
  });
  const { response } = message.json<{ response?: DataReply }>();
  if (!response?.ok || !('body' in response)) return undefined;
  return { contentType: 'application/json; charset=utf-8', body: response.body };
}
