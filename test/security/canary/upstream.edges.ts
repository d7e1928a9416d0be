import type { CanaryHouse } from './house';

const json = { 'content-type': 'application/json', accept: 'application/json' };

/** Follows a group that was not made here, with its webhook. */
export async function followGroup(
  house: CanaryHouse,
  title: string,
  key: string,
  { webhook_url, webhook_secret }: { readonly webhook_url: string; readonly webhook_secret: string },
) {
  const headers = { ...json, 'x-api-key': key };
  const made = await fetch(`${house.product.emulator}/v1/tasks/groups`, { method: 'POST', headers, body: '{}' });
  const { taskgroup_id } = (await made.json()) as { taskgroup_id: string };
  return house.send('a group that is followed', '/v1beta/tasks/multitask', {
    method: 'POST',
    headers,
    body: JSON.stringify({ taskgroup_id, title, webhook_url, webhook_secret }),
  });
}

/** A webhook that is none of the account's. */
export const sendHook = (house: CanaryHouse): Promise<unknown> =>
  house.send('upstream webhook', '/webhook', {
    method: 'POST',
    headers: { ...json, 'webhook-id': house.secret('hook id'), 'webhook-signature': `v1,${house.secret('hook')}` },
    body: JSON.stringify({ data: { taskgroup_id: house.secret('hook body') } }),
  });
