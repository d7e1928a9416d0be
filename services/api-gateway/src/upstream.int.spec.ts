import { createHmac } from 'node:crypto';
import { hintSubject, type CreateAnswer, type DryRunAnswer } from '@multitask/contracts';
import { eventually } from '@multitask/testing';
import { launchGateway, type LaunchedGateway } from './testing/gateway.launcher';

const secret = `whsec_${Buffer.from('a secret of the account').toString('base64')}`;
const unknownGroup = `tgrp_${'0'.repeat(32)}`;

describe('what was made at Parallel and not here', () => {
  let gateway: LaunchedGateway;
  beforeAll(async () => {
    gateway = await launchGateway({
      PARALLEL_WEBHOOK_SECRET: `whsec_b2xk ${secret}`,
      MAX_ROWS: '3',
      MAX_COST_USD: '0.005',
    });
  });
  afterAll(() => gateway?.close());

  const post = (body: object, key = 'key-of-one', query = '') =>
    fetch(gateway.create + query, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'x-api-key': key },
      body: JSON.stringify(body),
    });
  const command = (groupId: string, tail: string, body: object, key = 'key-of-one') =>
    fetch(`${gateway.create}/${groupId}/${tail}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify(body),
    });
  const problemOf = async (response: Response) => (await response.json()) as Record<string, unknown>;

  async function atParallel(runs: number, key = 'key-of-one'): Promise<string> {
    const ask = async (path: string, body: object) => {
      const headers = { 'x-api-key': key, 'content-type': 'application/json' };
      const answer = await fetch(gateway.emulator + path, { method: 'POST', headers, body: JSON.stringify(body) });
      return (await answer.json()) as { taskgroup_id: string };
    };
    const { taskgroup_id } = await ask('/v1/tasks/groups', {});
    const inputs = Array.from({ length: runs }, (_, i) => ({ input: `question ${i}`, processor: 'base' }));
    if (runs > 0) await ask(`/v1/tasks/groups/${taskgroup_id}/runs`, { inputs });
    return taskgroup_id;
  }

  const eventsOf = async (groupId: string) => {
    const events = [];
    for await (const entry of gateway.log.readGroup(groupId)) if (entry.kind === 'event') events.push(entry.event);
    return events;
  };

  describe('a group that is followed', () => {
    it('is begun without rows and without a purchase, whatever the operator allows to be spent', async () => {
      const groupId = await atParallel(2);
      const before = (await gateway.upstreamRequests()).length;
      const response = await post({ taskgroup_id: groupId, title: 'Theirs', ttl_days: 3 });
      expect(response.status).toBe(201);
      const answer = (await response.json()) as CreateAnswer;
      expect(answer).toMatchObject({ taskgroup_id: groupId, num_inputs: 2, processor: 'base', title: 'Theirs' });
      expect(answer).toMatchObject({ estimate: { cost_usd: 0 }, warnings: [{ code: 'followed' }] });
      expect((await eventsOf(groupId)).map(({ name, data }) => [name, data])).toEqual([
        [
          'GroupCreated',
          expect.objectContaining({ followed: true, row_count: 0, spec: expect.objectContaining({ ttl_days: 3 }) }),
        ],
      ]);
      const asked = (await gateway.upstreamRequests())
        .slice(before)
        .map(({ method, path }) => `${method} ${path.split('?')[0]}`);
      expect(asked).toEqual([`GET /v1/tasks/groups/${groupId}`, `GET /v1/tasks/groups/${groupId}/runs`]);
    });

    it('is not begun by whoever cannot read it, and nothing is left behind', async () => {
      const theirs = await atParallel(1, 'key-of-another');
      for (const groupId of [theirs, unknownGroup]) {
        const response = await post({ taskgroup_id: groupId });
        expect(response.status).toBe(404);
        expect(await problemOf(response)).toMatchObject({ code: 'group_not_found', field: 'taskgroup_id' });
        expect(await eventsOf(groupId)).toEqual([]);
      }
    });

    it.each([
      [{ inputs: ['a'] }, 'inputs'],
      [{ inputs: 'https://example.com/rows.csv' }, 'inputs'],
      [{ processor: 'lite' }, 'processor'],
      [{ ttl_days: 0 }, 'ttl_days'],
      [{ taskgroup_id: 'tgrp_1' }, 'taskgroup_id'],
      [{ taskgroup_id: null }, 'taskgroup_id'],
    ])('takes nothing that only a purchase needs: %j', async (fields, field) => {
      const response = await post({ taskgroup_id: unknownGroup, ...fields });
      expect([response.status, (await problemOf(response)).field]).toEqual([400, field]);
    });

    it('is refused when it is larger than a group here may be', async () => {
      const response = await post({ taskgroup_id: await atParallel(4) });
      expect([response.status, (await problemOf(response)).field]).toEqual([413, 'taskgroup_id']);
    });

    it('is shown before it is begun, which needs a key', async () => {
      const groupId = await atParallel(2);
      const shown = (await (
        await post({ taskgroup_id: groupId }, 'key-of-one', '?dry_run=true')
      ).json()) as DryRunAnswer;
      expect(shown).toMatchObject({
        dry_run: true,
        num_inputs: 2,
        processor: 'base',
        estimate: { cost_usd: 0 },
        preview: [],
      });
      expect(await eventsOf(groupId)).toEqual([]);
    });

    it('buys nothing by append or retry, and is looked at again by whoever asks once its runs had ended', async () => {
      const groupId = await atParallel(1);
      await post({ taskgroup_id: groupId });
      const again = await post({ taskgroup_id: groupId, title: 'Another' });
      expect(again.status).toBe(201);
      expect(await again.json()).toMatchObject({
        title: null,
        warnings: [{ code: 'followed' }, { code: 'settled_before', field: 'title' }],
      });
      // It is open still, so there was nothing to be asked for.
      expect((await eventsOf(groupId)).map(({ name }) => name)).toEqual(['GroupCreated']);
      const completed = { name: 'GroupCompleted', data: { generation: 1, counts: {} } } as const;
      await gateway.log.append(groupId, [completed], 'any');
      for (const [tail, body] of [
        ['runs', { inputs: ['x'] }],
        ['retry', { rows: [0] }],
      ] as const) {
        const response = await command(groupId, tail, body);
        expect([tail, response.status, (await problemOf(response)).code]).toEqual([tail, 409, 'nothing_to_do']);
      }
      expect((await post({ taskgroup_id: groupId })).status).toBe(201);
      expect((await eventsOf(groupId)).at(-1)).toMatchObject({
        name: 'RetryRequested',
        data: { rows: [], generation: 2 },
      });
    });

    it('keeps its webhook’s secret for repeats under the same key', async () => {
      const groupId = await atParallel(0);
      const send = () =>
        fetch(gateway.create, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'application/json',
            'idempotency-key': 'once',
            'x-api-key': 'key-of-one',
          },
          body: JSON.stringify({ taskgroup_id: groupId, webhook_url: 'https://example.com/hook' }),
        }).then((response) => response.json() as Promise<CreateAnswer>);
      const first = await send();
      expect(first.webhook_secret).toMatch(/^whsec_/);
      expect(await send()).toEqual(first);
    });

    it('is answered as it is when it was made here', async () => {
      const made = await post({ inputs: ['a'], output_type: 'text', processor: 'lite' });
      const { taskgroup_id } = (await made.json()) as CreateAnswer;
      const answer = (await (await post({ taskgroup_id })).json()) as CreateAnswer;
      expect(answer).toMatchObject({ taskgroup_id, num_inputs: 1, output_type: 'text', warnings: [] });
      expect((await eventsOf(taskgroup_id)).map(({ name }) => name)).toEqual(['RowsAccepted', 'GroupCreated']);
    });
  });

  describe('POST /webhook', () => {
    const now = () => String(Math.floor(Date.now() / 1_000));
    const hook = (groupId: unknown, changes: Record<string, string> = {}, body?: string) => {
      const text =
        body ??
        JSON.stringify({ type: 'task_run.status', timestamp: 'x', data: { run_id: 'trun_1', taskgroup_id: groupId } });
      const id = changes['webhook-id'] ?? `whevent_${Math.random()}`;
      const timestamp = changes['webhook-timestamp'] ?? now();
      const key = Buffer.from(secret.slice(6), 'base64');
      const signature = `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${text}`).digest('base64')}`;
      const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature, ...changes };
      return fetch(`${gateway.origin}/webhook`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: text,
      });
    };
    const heard: string[] = [];
    beforeAll(() => {
      gateway.nats.subscribe(hintSubject, { callback: (_error, message) => void heard.push(message.string()) });
    });
    beforeEach(() => (heard.length = 0));
    const groupOf = (digit: string) => `tgrp_${digit.repeat(32)}`;

    it('asks for a look at the group, once for a webhook however often it comes', async () => {
      for (let i = 0; i < 3; i++) expect((await hook(groupOf('a'), { 'webhook-id': 'whevent_a' })).status).toBe(204);
      // What is asked for later arrives later: nothing else can be on its way by then.
      expect((await hook(groupOf('b'))).status).toBe(204);
      await eventually(() => Promise.resolve(heard.includes(groupOf('b'))));
      expect(heard).toEqual([groupOf('a'), groupOf('b')]);
    });

    it('writes nothing down, whatever the webhook says', async () => {
      const before = (await gateway.log.state()).lastSeq;
      await hook(groupOf('c'));
      await eventually(() => Promise.resolve(heard.length === 1));
      expect((await gateway.log.state()).lastSeq).toBe(before);
    });

    it.each([
      ['a signature of another key', { 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` }],
      ['no signature', { 'webhook-signature': '' }],
      ['a time of ten minutes ago', { 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) - 600) }],
      ['a time in ten minutes', { 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) + 600) }],
      ['no time', { 'webhook-timestamp': 'now' }],
    ])('refuses %s', async (_what, changes) => {
      const response = await hook(groupOf('d'), changes);
      expect([response.status, (await problemOf(response)).code]).toEqual([401, 'signature_refused']);
    });

    it('refuses what is too large, and what is no JSON', async () => {
      expect((await hook('', {}, ' '.repeat(300_000))).status).toBe(413);
      expect((await hook('', {}, 'hello')).status).toBe(400);
    });

    it.each([[unknownGroup], ['no id'], [null], [{ a: 1 }], ['tgrp_*.>']])('tells nothing of %j', async (groupId) => {
      const response = await hook(groupId);
      expect([response.status, await response.text()]).toEqual([204, '']);
    });

    it('is not there without a secret', async () => {
      const other = await launchGateway({ PARALLEL_WEBHOOK_SECRET: ' ' });
      try {
        const response = await fetch(`${other.origin}/webhook`, { method: 'POST', body: '{}' });
        expect([response.status, (await problemOf(response)).code]).toEqual([404, 'path_not_found']);
      } finally {
        await other.close();
      }
    });
  });
});
