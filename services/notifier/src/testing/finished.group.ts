import { randomBytes } from 'node:crypto';
import type { EventData } from '@multitask/contracts';
import { GroupStory } from '@multitask/testing';
import { tell, type House } from './notifier.house';

export const webhookSecret = `whsec_${Buffer.alloc(32, 'test').toString('base64')}`;

export interface GroupWish {
  /** Where the webhook goes; without it there is none. */
  readonly hook?: string;
  readonly input?: string;
  readonly output?: string;
  readonly apiKey?: string;
  readonly created?: Partial<EventData<'GroupCreated'>>;
}

/** A group of one row whose secrets lie in the vault, not finished yet. */
export async function startedGroup(house: House, wish: GroupWish = {}) {
  const groupId = `tgrp_${randomBytes(16).toString('hex')}`;
  const subject = { subject: groupId };
  const credential_id = await house.vault.seal('upstream-key', wish.apiKey ?? 'test-key', subject);
  const mcp_servers_id = await house.vault.seal('mcp-servers', [{ url: 'https://mcp.example' }], subject);
  const webhook_id =
    wish.hook && (await house.vault.seal('webhook', { url: wish.hook, secret: webhookSecret }, subject));
  const story = new GroupStory(groupId)
    .created([{ name: wish.input ?? 'Åland' }], {
      origin: 'https://multitask.example',
      credential_id,
      mcp_servers_id,
      ...(webhook_id && { webhook_id }),
      ...wish.created,
    })
    .bought([0]);
  await tell(house.log, groupId, story.events);
  return { groupId, credential_id, mcp_servers_id, webhook_id, story };
}
export type StartedGroup = Awaited<ReturnType<typeof startedGroup>>;

export async function finish(house: House, { groupId, story }: StartedGroup, output = 'Mariehamn'): Promise<void> {
  const before = story.events.length;
  story.completedRow(0, { capital: output });
  story.completed();
  const events = story.events
    .slice(before)
    .map((event) =>
      event.name === 'GroupCompleted' ? { ...event, data: { ...event.data, counts: { completed: 1 } } } : event,
    );
  await tell(house.log, groupId, events);
}

export async function finishedGroup(house: House, wish: GroupWish = {}): Promise<StartedGroup> {
  const group = await startedGroup(house, wish);
  await finish(house, group, wish.output);
  return group;
}
