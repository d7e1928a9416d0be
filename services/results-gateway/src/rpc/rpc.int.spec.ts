import { ClientProxyFactory, Transport, type ClientProxy } from '@nestjs/microservices';
import { requestSubjects, type DataReply, type StatusReply } from '@multitask/contracts';
import { GroupStory } from '@multitask/testing';
import { firstValueFrom } from 'rxjs';
import { GatewayHouse, newGroupId } from '../testing/gateway.house';

let house: GatewayHouse;
let client: ClientProxy;
beforeAll(async () => {
  house = await GatewayHouse.open();
  client = ClientProxyFactory.create({ transport: Transport.NATS, options: { servers: [house.nats.url] } });
});
afterAll(async () => {
  await client?.close();
  await house?.close();
});

const getStatus = (payload: unknown) => firstValueFrom(client.send<StatusReply>(requestSubjects.getStatus, payload));
const getData = (payload: unknown) => firstValueFrom(client.send<DataReply>(requestSubjects.getData, payload));

describe('our other services', () => {
  it('ask for a group’s status', async () => {
    const story = new GroupStory(newGroupId()).created(['a', 'b']).rejected(0);
    await house.append(story);
    expect(await getStatus({ id: story.groupId })).toMatchObject({
      ok: true,
      status: { taskgroup_id: story.groupId, status: { num_task_runs: 2, is_active: true } },
    });
  });

  it('ask for its data in the format and the part they want', async () => {
    const story = new GroupStory(newGroupId()).created([{ a: 1 }, { a: 2 }]).rejected(0);
    await house.append(story);
    const json = (await getData({ id: story.groupId, query: { status: 'queued' } })) as { body: string };
    expect(JSON.parse(json.body).results).toEqual([{ $id: null, $status: 'queued', a: 2 }]);
    const markdown = (await getData({ id: story.groupId, format: 'md' })) as { body: string };
    expect(markdown.body).toContain('| ⏳ queued | 2 |');
  });

  it('are told where a large answer is', async () => {
    const story = new GroupStory(newGroupId()).created(Array.from({ length: 300 }, () => 'x'.repeat(1_000)));
    await house.append(story);
    expect(await getData({ id: story.groupId, query: { basis: 'none' } })).toEqual({
      ok: true,
      reference: { path: `/${story.groupId}.json`, query: { basis: 'none' } },
    });
  });

  it.each([
    ['an unknown group', () => ({ id: newGroupId() }), 'group_not_found'],
    ['no id', () => ({}), 'invalid_field'],
    ['an id that is a subject', () => ({ id: 'tgrp_*' }), 'invalid_field'],
    ['a query nobody understands', () => ({ id: newGroupId(), query: { limit: 'x' } }), 'invalid_field'],
  ])('are told what is wrong with %s', async (_, payload, code) => {
    expect(await getData(payload())).toMatchObject({ ok: false, problem: { code } });
  });
});
