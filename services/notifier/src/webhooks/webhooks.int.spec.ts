import { eventually } from '@multitask/testing';
import { Webhook } from 'standardwebhooks';
import {
  eventuallyNotified,
  notifyEventsOf,
  openHouse,
  openReceiver,
  tell,
  type House,
  type Receiver,
} from '../testing/notifier.house';
import { finish, finishedGroup, startedGroup, webhookSecret } from '../testing/finished.group';

const hour = 3_600;

describe('a webhook', () => {
  let house: House;
  const receivers: Receiver[] = [];
  beforeEach(async () => {
    house = await openHouse();
  });
  afterEach(async () => {
    await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
    await house.close();
  });

  async function receiverOf(answer: Parameters<typeof openReceiver>[0]): Promise<Receiver> {
    const receiver = await openReceiver(answer);
    receivers.push(receiver);
    return receiver;
  }
  const start = async (...allowed: Receiver[]) => {
    house.startProjector();
    return house.startNotifier({ OUTBOUND_ALLOW: allowed.map(({ host }) => host).join(',') });
  };

  it('is delivered once, signed, under the id of the completion, and not before the group reads as done', async () => {
    const readAtOnce: unknown[] = [];
    const receiver = await receiverOf(async () => {
      const row = await house.db.selectFrom('read.groups').select('header').executeTakeFirstOrThrow();
      readAtOnce.push([row.header.completedGeneration, row.header.counts]);
      return 204;
    });
    await start(receiver);
    const { groupId } = await finishedGroup(house, { hook: `http://${receiver.host}/hook?key=canary` });

    const [attempted] = await eventuallyNotified(house.log, groupId, 1);
    expect(attempted).toMatchObject({
      name: 'WebhookAttempted',
      data: { generation: 1, attempt: 1, status: 204, delivered: true, error: null, next_try_at: null },
    });
    expect(readAtOnce).toEqual([[1, { completed: 1 }]]);
    const [request] = receiver.received;
    expect(request).toMatchObject({ path: '/hook?key=canary', headers: { 'webhook-id': `${groupId}.1` } });
    const headers = request!.headers as Record<string, string>;
    const message = new Webhook(webhookSecret).verify(request!.body, headers) as Record<string, unknown>;
    expect(message).toMatchObject({
      type: 'task_group.completed',
      url: `https://multitask.example/${groupId}`,
      data: { taskgroup_id: groupId, generation: 1, status: { num_task_runs: 1, is_active: false } },
    });
    expect(() => new Webhook(webhookSecret).verify(`${request!.body} `, headers)).toThrow();
    const other = `whsec_${Buffer.alloc(32, 'other').toString('base64')}`;
    expect(() => new Webhook(other).verify(request!.body, headers)).toThrow();

    const done = () => house.db.selectFrom('notify.jobs').select('kind').where('done_at', 'is', null).execute();
    await eventually(async () => (await done()).length === 0);
    house.moveClock(10 * hour);
    await finishedGroup(house, { hook: `http://${receiver.host}/second` });
    await eventually(() => receiver.received.some(({ path }) => path === '/second'));
    expect(receiver.received).toHaveLength(2);
    expect(JSON.stringify(await notifyEventsOf(house.log, groupId))).not.toContain('canary');
  });

  it('waits for the projector', async () => {
    const receiver = await receiverOf(() => 200);
    await house.startNotifier({ OUTBOUND_ALLOW: receiver.host });
    const { groupId } = await finishedGroup(house, { hook: `http://${receiver.host}/` });
    // A chore that is done shows that the notifier has been looking while the group was in the log alone.
    const sentinel = { kind: 'purge' as const, group_id: `tgrp_${'0'.repeat(32)}`, generation: 0, due_at: new Date(0) };
    await house.db.insertInto('notify.jobs').values(sentinel).execute();
    await eventually(async () => {
      const done = await house.db.selectFrom('notify.jobs').select('id').where('done_at', 'is not', null).execute();
      return done.length === 1;
    });
    expect(receiver.received).toHaveLength(0);
    house.startProjector();
    await eventuallyNotified(house.log, groupId, 1);
  });

  it('is tried again after a failure, with the same id and body, and told each time', async () => {
    const receiver = await receiverOf((_, count) => [500, 302, 200][count - 1] ?? 200);
    await start(receiver);
    const { groupId } = await finishedGroup(house, { hook: `http://${receiver.host}/` });
    await eventuallyNotified(house.log, groupId, 1);
    house.moveClock(6);
    await eventuallyNotified(house.log, groupId, 2);
    house.moveClock(60);
    const events = await eventuallyNotified(house.log, groupId, 3);
    expect(events.map(({ data }) => data)).toMatchObject([
      { attempt: 1, status: 500, error: 'the endpoint answered 500', delivered: false },
      { attempt: 2, status: 302, error: 'the endpoint answered 302, and redirects are not followed', delivered: false },
      { attempt: 3, status: 200, error: null, delivered: true },
    ]);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([`${groupId}.1`]));
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  });

  it('stops at once when the endpoint is gone', async () => {
    const receiver = await receiverOf(() => 410);
    await start(receiver);
    const { groupId } = await finishedGroup(house, { hook: `http://${receiver.host}/` });
    const events = await eventuallyNotified(house.log, groupId, 2);
    expect(events.map(({ name }) => name)).toEqual(['WebhookAttempted', 'WebhookGaveUp']);
    house.moveClock(80 * hour);
    const { groupId: second } = await finishedGroup(house, { hook: `http://${receiver.host}/` });
    await eventuallyNotified(house.log, second, 2);
    expect(receiver.received).toHaveLength(2);
  });

  it('is given up after three days, visibly', async () => {
    const receiver = await receiverOf(() => 503);
    await start(receiver);
    const startedAt = Date.now();
    const { groupId } = await finishedGroup(house, { hook: `http://${receiver.host}/` });
    let events = await eventuallyNotified(house.log, groupId, 1);
    for (let count = 1; ; count = events.length) {
      const last = events.at(-1)!;
      if (last.name !== 'WebhookAttempted') break;
      // The last attempt and the giving up are one append.
      const next = last.data.next_try_at;
      if (next === null) break;
      house.moveClock((Date.parse(next) - Date.now()) / 1_000 + 1);
      events = await eventuallyNotified(house.log, groupId, count + 1);
    }
    expect(events.filter(({ name }) => name === 'WebhookAttempted')).toHaveLength(13);
    expect(events.at(-1)).toMatchObject({
      name: 'WebhookGaveUp',
      data: { attempts: 13, reason: 'no success in three days: the endpoint answered 503' },
    });
    const tries = events.flatMap(({ data }) => ('next_try_at' in data && data.next_try_at ? [data.next_try_at] : []));
    const lastTry = (Date.parse(tries.at(-1)!) - startedAt) / 1_000;
    expect(Math.abs(lastTry - 72 * hour)).toBeLessThan(60);
    await eventually(async () => {
      const row = await house.db.selectFrom('read.groups').select('header').executeTakeFirstOrThrow();
      return row.header.webhook === 'given_up';
    });
  });

  it('is sent for each generation under an id of its own', async () => {
    const receiver = await receiverOf(() => 200);
    await start(receiver);
    const group = await finishedGroup(house, { hook: `http://${receiver.host}/` });
    await eventuallyNotified(house.log, group.groupId, 1);
    const before = group.story.events.length;
    group.story
      .appended([{ name: 'Wales' }])
      .bought([1])
      .reported(1, 'failed')
      .completed();
    await tell(house.log, group.groupId, group.story.events.slice(before));
    await eventually(() => receiver.received.length === 2);
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([
      `${group.groupId}.1`,
      `${group.groupId}.2`,
    ]);
  });

  it('of a dead endpoint holds up no other, however many are due', async () => {
    const dead = await receiverOf(() => 0);
    const fine = await receiverOf(() => 200);
    house.startProjector();
    const groups = [];
    for (let i = 0; i < 12; i++) groups.push(await startedGroup(house, { hook: `http://${dead.host}/${i}` }));
    for (const group of groups) await finish(house, group);
    await eventually(async () => {
      const due = await house.db.selectFrom('notify.jobs').select('id').where('kind', '=', 'webhook').execute();
      return due.length === 12;
    });
    await house.startNotifier({
      OUTBOUND_ALLOW: `${dead.host},${fine.host}`,
      WEBHOOK_CONCURRENCY: '6',
      WEBHOOK_CONCURRENCY_PER_ENDPOINT: '2',
      // Longer than this test waits for anything.
      WEBHOOK_TIMEOUT_MS: '60000',
      NOTIFIER_CLAIM_SECONDS: '600',
    });
    await eventually(() => dead.received.length >= 2);
    await finishedGroup(house, { hook: `http://${fine.host}/` });
    await eventually(() => fine.received.length === 1);
    // None of the dead ones has ended: nobody waited for them.
    expect([dead.open(), dead.mostOpen(), dead.received.length]).toEqual([2, 2, 2]);
  });

  it('under way when the notifier stops is given back at once, and sent by the next one', async () => {
    const receiver = await receiverOf((_, count) => (count === 1 ? 0 : 200));
    const claims = { NOTIFIER_CLAIM_SECONDS: '3600' };
    house.startProjector();
    const first = await house.startNotifier({ OUTBOUND_ALLOW: receiver.host, ...claims });
    const { groupId } = await finishedGroup(house, { hook: `http://${receiver.host}/` });
    await eventually(() => receiver.received.length === 1);
    await first.close();
    expect(await notifyEventsOf(house.log, groupId)).toEqual([]);
    await house.startNotifier({ OUTBOUND_ALLOW: receiver.host, ...claims });
    const [attempted] = await eventuallyNotified(house.log, groupId, 1);
    expect(attempted!.data).toMatchObject({ attempt: 1, delivered: true });
  });

  it('never goes to an address inside the house, and says so', async () => {
    const receiver = await receiverOf(() => 200);
    house.startProjector();
    await house.startNotifier();
    const { groupId } = await finishedGroup(house, { hook: `http://${receiver.host}/` });
    const [attempted] = await eventuallyNotified(house.log, groupId, 1);
    expect(attempted!.data).toMatchObject({ status: null, error: 'its address is not on the public internet' });
    expect(receiver.received).toHaveLength(0);
  });
});
