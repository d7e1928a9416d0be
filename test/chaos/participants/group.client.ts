import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupAccount, JsonObject, RefusalAccount } from '../ledger';
import { refusalOf } from './onlooker';

/** What a group is asked for with. */
export interface GroupOrder {
  readonly idempotencyKey: string;
  readonly apiKey: string;
  readonly rows: number;
  readonly webhookUrl: string;
}

/** The product tries to store a group for 15 s, the time of a leader's election and some, and then finds out what became of it. */
const answerMs = 40_000;

/** A store may be away for a minute while the call is repeated. */
const repeatPatienceMs = 120_000;

const outputSchema = {
  type: 'object',
  properties: { population: { type: 'integer', description: 'Number of inhabitants' }, mayor: { type: 'string' } },
  required: ['population', 'mayor'],
  additionalProperties: false,
};

/** Names of inputs and outputs differ and none begins with `$`, so that a flat row is both side by side. */
const inputsOf = ({ rows, idempotencyKey }: GroupOrder): JsonObject[] =>
  Array.from({ length: rows }, (_, number) => ({ city: `City ${number} of ${idempotencyKey}`, number }));

/** Asks until it is answered 201, as a program does that has an Idempotency-Key. Rejects on a refusal or when time is up. */
export async function createGroup(origin: string, order: GroupOrder, deadline: number): Promise<GroupAccount> {
  const inputs = inputsOf(order);
  const askedAt = Date.now();
  const refusals: RefusalAccount[] = [];
  let last = 'no answer';
  while (Date.now() < deadline) {
    const answer = await ask(origin, order, inputs).catch((error: Error) => error.message);
    if (typeof answer === 'string') last = answer;
    else if (answer.status === 201) {
      const body = JSON.parse(answer.body) as { taskgroup_id: string; url: string; webhook_secret?: string };
      const { taskgroup_id: id, url, webhook_secret: webhookSecret } = body;
      const { idempotencyKey, apiKey } = order;
      const answers = [{ id, url, webhookSecret }];
      return { idempotencyKey, apiKey, inputs, askedAt, acceptedAt: Date.now(), refusals, answers };
    } else {
      last = `${answer.status} ${answer.body}`;
      refusals.push(answer.refusal);
      // 409: the call before is still being worked on by somebody who may be dead.
      if (answer.status < 500 && answer.status !== 409) throw new Error(`create was refused: ${last}`);
    }
    await sleep(100);
  }
  throw new Error(`create of ${order.idempotencyKey} was not answered in time; last: ${last}`);
}

/** The same call again: what it answers belongs to the same group. */
export async function repeatCreate(origin: string, group: GroupAccount, order: GroupOrder): Promise<GroupAccount> {
  const again = await createGroup(origin, order, Date.now() + repeatPatienceMs);
  return { ...group, answers: [...group.answers, ...again.answers] };
}

async function ask(
  origin: string,
  order: GroupOrder,
  inputs: readonly JsonObject[],
): Promise<{ status: number; body: string; refusal: RefusalAccount }> {
  const at = Date.now();
  const answer = await fetch(`${origin}/v1beta/tasks/multitask`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      'x-api-key': order.apiKey,
      'idempotency-key': order.idempotencyKey,
    },
    body: JSON.stringify({
      inputs,
      output_type: 'json',
      output_schema: outputSchema,
      processor: 'lite',
      webhook_url: order.webhookUrl,
    }),
    signal: AbortSignal.timeout(answerMs),
  });
  const body = await answer.text();
  return { status: answer.status, body, refusal: refusalOf(at, 'create', answer, body) };
}
