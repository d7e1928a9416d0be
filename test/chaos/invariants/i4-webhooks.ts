import { createHmac } from 'node:crypto';
import { messagesByGroup } from '../folds/log.fold';
import type { DeliveryAccount, GroupAccount, Ledger, LogMessage } from '../ledger';
import { collector, idOf, type Violation } from './violation';

/** I4: each webhook arrives at least once, under one id per completion, never early. */
export function webhooksAreTrue(ledger: Ledger): Violation[] {
  const { violations, report } = collector('I4');
  const logged = messagesByGroup(ledger.log.messages);
  for (const group of ledger.groups) {
    const id = idOf(group);
    const deliveries = ledger.deliveries.filter((delivery) => delivery.group === id);
    const completions = completionsOf(logged.get(id) ?? []);
    for (const [webhookId, completedAt] of completions) {
      const mine = deliveries.filter((delivery) => delivery.id === webhookId);
      if (!mine.some(({ answered }) => answered < 300))
        report(id, `${webhookId} was ${mine.length > 0 ? 'never taken' : 'never sent'}: ${answersOf(mine)}`);
      if (new Set(mine.map(({ body }) => body)).size > 1) report(id, `${webhookId} came with different bodies`);
      if (!isDelivered(logged.get(id)!, webhookId)) report(id, `${webhookId}: its delivery never came into the log`);
      for (const delivery of mine)
        if (delivery.at < completedAt)
          report(id, `${webhookId} arrived ${completedAt - delivery.at} ms before the completion was in the log`);
    }
    for (const delivery of deliveries) for (const says of faultsOf(delivery, group, completions)) report(id, says);
  }
  return violations;
}

/** When each completion was stored, by the id of its webhook. */
function completionsOf(messages: readonly LogMessage[]): Map<string, number> {
  const completions = new Map<string, number>();
  for (const { type, at, group, data } of messages) {
    const id = `${group}.${String(data.generation)}`;
    if (type === 'multitask.group.completed.v1' && !completions.has(id)) completions.set(id, at);
  }
  return completions;
}

const isDelivered = (messages: readonly LogMessage[], webhookId: string): boolean =>
  messages.some(
    ({ type, group, data }) =>
      type === 'multitask.webhook.attempted.v1' &&
      data.delivered === true &&
      `${group}.${String(data.generation)}` === webhookId,
  );

function* faultsOf(
  delivery: DeliveryAccount,
  { answers, inputs }: GroupAccount,
  completions: ReadonlyMap<string, number>,
): Generator<string> {
  const { id, seen } = delivery;
  if (!completions.has(id)) yield `a webhook came under ${id}, which is no completion of this group`;
  if (seen && (seen.active || seen.unfinishedRows > 0 || seen.rows !== inputs.length))
    yield `${id} came early: its URL showed ${seen.active ? 'an active group' : 'a group'} with ${seen.rows} of ${inputs.length} rows, ${seen.unfinishedRows} of them unfinished`;
  const secret = answers[0]!.webhookSecret;
  if (secret !== undefined && !isSignedWith(secret, delivery)) yield `${id} is not signed with the group's secret`;
}

/** Standard Webhooks: `v1,` and the Base64 of the HMAC over id, timestamp and body; several, separated by spaces. */
export function signatureOf(
  secret: string,
  { id, timestamp, body }: Pick<DeliveryAccount, 'id' | 'timestamp' | 'body'>,
) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

const isSignedWith = (secret: string, delivery: DeliveryAccount): boolean =>
  delivery.signature.split(' ').includes(signatureOf(secret, delivery));

const answersOf = (deliveries: readonly DeliveryAccount[]): string =>
  deliveries.length > 0 ? `answered ${deliveries.map(({ answered }) => answered).join(', ')}` : 'no delivery';
