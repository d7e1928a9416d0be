import { event, type EventData, type GroupEvent, type RecordedEvent } from '@multitask/contracts';
import { applyToView, emptyFold } from '@multitask/task-group';
import { sql } from 'kysely';
import { launchGateway, type LaunchedGateway } from '../testing/gateway.launcher';

const countries = { inputs: [{ country: 'France' }, { country: 'Japan' }], output_type: 'text', processor: 'lite' };
const runId = (row: number) => `trun_${String(row).padStart(32, '0')}`;

describe('commands on a group', () => {
  let gateway: LaunchedGateway;
  beforeAll(async () => {
    gateway = await launchGateway({ MAX_ROWS: '10', MAX_COST_USD: '0.04' });
  });
  afterAll(() => gateway?.close());

  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = fetch(`${gateway.create}${path}`, {
      method,
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    if (/runs|retry/.test(path)) await projecting(path.slice(1, 38), answer);
    return answer;
  };
  /** A command waits for the projector, which is not here: the group is projected until the answer comes. */
  const projecting = async (groupId: string, answer: Promise<unknown>): Promise<void> => {
    const answered = answer.then(() => true);
    while (!(await Promise.race([answered, new Promise<boolean>((resolve) => setTimeout(resolve, 20, false))])))
      await gateway.project(groupId).catch(() => undefined);
  };
  const answer = async (response: Response, status: number) => {
    const body = (await response.json()) as Record<string, never>;
    expect({ status: response.status, body }).toMatchObject({ status });
    return body as Record<string, unknown>;
  };
  const create = async (more: object = {}, headers = {}): Promise<string> => {
    const made = await answer(await send('POST', '', { ...countries, ...more }, headers), 201);
    await gateway.project(String(made.taskgroup_id));
    return String(made.taskgroup_id);
  };
  const eventsOf = async (groupId: string): Promise<RecordedEvent[]> => {
    const events: RecordedEvent[] = [];
    for await (const entry of gateway.log.readGroup(groupId)) if (entry.kind === 'event') events.push(entry.event);
    return events;
  };
  const last = async <N extends RecordedEvent['name']>(groupId: string, name: N) =>
    (await eventsOf(groupId)).findLast((found) => found.name === name)?.data as EventData<N> | undefined;
  const viewOf = async (groupId: string) => {
    const fold = emptyFold(groupId);
    for (const recorded of await eventsOf(groupId)) applyToView(fold, recorded);
    return fold.view!;
  };
  const happened = async (groupId: string, ...facts: GroupEvent[]): Promise<void> => {
    await gateway.log.append(groupId, facts, 'any');
    await gateway.project(groupId);
  };
  const bought = (...rows: number[]): GroupEvent =>
    event('RunsAdded', { batch: 1, runs: rows.map((row) => ({ key: `${row}.1`, run_id: runId(row) })) });
  const ended = (row: number, status: 'failed' | 'cancelled'): GroupEvent =>
    event('RunUpdated', { key: `${row}.1`, run: { run_id: runId(row), status } });
  const secretsOf = async (groupId: string) => {
    const { rows } = await sql<{ id: string; purpose: string }>`
      select id, purpose from vault.secrets where subject = ${groupId}`.execute(gateway.database);
    return rows.filter(({ purpose }) => purpose === 'upstream-key').map(({ id }) => id);
  };

  describe('who may', () => {
    it.each([
      ['POST', '/runs'],
      ['POST', '/retry'],
      ['POST', '/cancel'],
      ['DELETE', ''],
      ['GET', '/events'],
      ['GET', '/webhook'],
      ['POST', '/webhook/redeliver'],
    ])('%s %s: not a stranger, not for unknown ids, under both names', async (method, tail) => {
      const groupId = await create();
      const stranger = await send(method, `/${groupId}${tail}`, undefined, { 'x-api-key': 'stranger' });
      expect(await answer(stranger, 403)).toMatchObject({ code: 'not_owner' });
      const unknown = await send(method, `/tgrp_${'0'.repeat(32)}${tail}`);
      expect(await answer(unknown, 404)).toMatchObject({ code: 'group_not_found' });
      expect(await answer(await send(method, `/nonsense${tail}`), 404)).toMatchObject({ code: 'group_not_found' });
      const alias = await fetch(`${gateway.origin}/v1/tasks/multitask/${groupId}${tail}`, {
        method,
        headers: { 'x-api-key': 'stranger' },
      });
      expect(alias.status).toBe(403);
      expect((await eventsOf(groupId)).map(({ name }) => name)).toEqual(['RowsAccepted', 'GroupCreated']);
    });

    it('whoever can read the group upstream, even when it was created with another key', async () => {
      const groupId = await create({}, { 'x-api-key': 'first' });
      await sql`update read.groups set header = jsonb_set(header::jsonb, '{ownerFingerprint}', '"another"')::json
        where id = ${groupId}`.execute(gateway.database);
      expect((await send('GET', `/${groupId}/events`, undefined, { 'x-api-key': 'first' })).status).toBe(200);
      expect((await send('GET', `/${groupId}/events`, undefined, { 'x-api-key': 'second' })).status).toBe(403);
    });

    it('the owner of a group the projector has not seen', async () => {
      const made = await answer(await send('POST', '', countries), 201);
      expect((await send('GET', `/${String(made.taskgroup_id)}/events`)).status).toBe(200);
    });
  });

  describe('append', () => {
    it('puts rows behind the last one as the next generation, under a key of its own', async () => {
      const groupId = await create();
      const more = await answer(await send('POST', `/${groupId}/runs`, { inputs: [{ country: 'Kenya' }] }), 202);
      expect(more).toMatchObject({
        url: `${gateway.origin}/${groupId}`,
        taskgroup_id: groupId,
        generation: 2,
        num_inputs: 1,
        first_row: 2,
        warnings: [],
        estimate: { cost_usd: 0.005 },
      });
      const { rows, generation } = await viewOf(groupId);
      expect(rows.map(({ input }) => input)).toEqual([...countries.inputs, { country: 'Kenya' }]);
      expect(generation).toBe(2);
      const { credential_id } = (await last(groupId, 'InputsAppended'))!;
      expect(await secretsOf(groupId)).toContain(credential_id);
      expect((await gateway.vault.open(credential_id, 'upstream-key')).reveal()).toBe('emulator');
    });

    it('takes NDJSON and CSV as a create does', async () => {
      const groupId = await create();
      const csv = await send('POST', `/${groupId}/runs?max_inputs=5`, 'country\nPeru\nGhana\n', {
        'content-type': 'text/csv',
      });
      expect(await answer(csv, 202)).toMatchObject({ num_inputs: 2, first_row: 2 });
      const ndjson = await send('POST', `/${groupId}/runs`, '{"country":"Chad"}\n', {
        'content-type': 'application/x-ndjson',
      });
      expect(await answer(ndjson, 202)).toMatchObject({ generation: 3, first_row: 4 });
      expect((await viewOf(groupId)).rows.map(({ input }) => (input as { country: string }).country)).toEqual(
        'France Japan Peru Ghana Chad'.split(' '),
      );
    });

    it('appends once however often a call with the same Idempotency-Key comes, also at the same time', async () => {
      const groupId = await create();
      const call = (country: string, path = '/runs') =>
        send('POST', `/${groupId}${path}`, { inputs: [{ country }] }, { 'idempotency-key': 'mine' });
      const answers = await Promise.all([call('Kenya'), call('Kenya'), call('Kenya')]);
      const bodies = await Promise.all(answers.map((each) => answer(each, 202)));
      expect(bodies[1]).toEqual(bodies[0]);
      expect(await answer(await call('Kenya'), 202)).toEqual(bodies[2]);
      expect((await viewOf(groupId)).rows).toHaveLength(3);
      // The key of the create and that of the one append; those of the repeats are destroyed.
      expect(await secretsOf(groupId)).toHaveLength(2);
      expect(await answer(await call('Chad'), 422)).toMatchObject({ code: 'idempotency_key_reused' });
      const retry = await send('POST', `/${groupId}/retry`, {}, { 'idempotency-key': 'mine' });
      expect(await answer(retry, 422)).toMatchObject({ code: 'idempotency_key_reused' });
    });

    it('lets many at once all succeed, each in its own generation', async () => {
      const groupId = await create();
      const calls = ['a', 'b', 'c', 'd'].map((country) => send('POST', `/${groupId}/runs`, { inputs: [{ country }] }));
      const bodies = await Promise.all((await Promise.all(calls)).map((each) => answer(each, 202)));
      expect(bodies.map(({ generation }) => generation).sort()).toEqual([2, 3, 4, 5]);
      const { rows } = await viewOf(groupId);
      expect(new Set(rows.slice(2).map(({ input }) => (input as { country: string }).country)).size).toBe(4);
    });

    it.each([
      [{ inputs: [] }, 400, 'invalid_inputs', 'inputs'],
      [{ inputs: [{ a: 1 }], processor: 'pro' }, 400, 'unknown_field', 'processor'],
      [{ inputs: [{ a: 1 }], max_cost_usd: 0.001 }, 402, 'cost_above_limit', 'max_cost_usd'],
      [{ inputs: [{ a: 1 }, { a: 2 }], max_inputs: 1 }, 400, 'invalid_inputs', 'max_inputs'],
      [{ inputs: Array(9).fill('x') }, 413, 'too_large', 'inputs'],
      [{ inputs: Array(7).fill('x') }, 402, 'cost_above_limit', 'max_cost_usd'],
      [{ inputs: 'http://127.0.0.1:1/rows.csv' }, 400, 'url_not_allowed', 'inputs'],
      [{}, 400, 'invalid_inputs', 'inputs'],
    ])('refuses %j and stores nothing', async (body, status, code, field) => {
      const groupId = await create();
      expect(await answer(await send('POST', `/${groupId}/runs`, body), status)).toMatchObject({ code, field });
      expect((await eventsOf(groupId)).map(({ name }) => name)).toEqual(['RowsAccepted', 'GroupCreated']);
      expect(await secretsOf(groupId)).toHaveLength(1);
    });
  });

  describe('retry', () => {
    it('runs what ended without a result again, and says so when there is nothing', async () => {
      const groupId = await create();
      const nothing = await answer(await send('POST', `/${groupId}/retry`), 409);
      expect(nothing).toMatchObject({
        code: 'nothing_to_do',
        detail: expect.stringContaining('No row can be retried'),
      });
      expect(await secretsOf(groupId)).toHaveLength(1);

      await happened(groupId, bought(0, 1));
      await happened(groupId, ended(1, 'failed'));
      const again = await answer(await send('POST', `/${groupId}/retry`, ''), 202);
      expect(again).toMatchObject({ generation: 2, num_rows: 1, rows: [1], estimate: { cost_usd: 0.005 } });
      expect((await viewOf(groupId)).rows[1]).toMatchObject({
        attempt: 2,
        status: 'queued',
        runId: null,
        previous: [{ run: { run_id: runId(1), status: 'failed' } }],
      });
    });

    it('takes named rows, and refuses by name what cannot be retried', async () => {
      const groupId = await create();
      await happened(groupId, bought(0, 1));
      await happened(groupId, ended(0, 'failed'), ended(1, 'cancelled'));
      expect(await answer(await send('POST', `/${groupId}/retry`, { rows: [0, 7] }), 400)).toMatchObject({
        code: 'invalid_field',
        field: 'rows[1]',
      });
      expect(await answer(await send('POST', `/${groupId}/retry`, { rows: [0], row: 1 }), 400)).toMatchObject({
        code: 'unknown_field',
        field: 'row',
      });
      const idempotent = { 'idempotency-key': 'again' };
      const first = await answer(await send('POST', `/${groupId}/retry`, { rows: [1] }, idempotent), 202);
      expect(await answer(await send('POST', `/${groupId}/retry`, { rows: [1] }, idempotent), 202)).toEqual(first);
      expect((await viewOf(groupId)).rows.map(({ attempt }) => attempt)).toEqual([1, 2]);
    });

    it('of a blocked group without such rows brings the key', async () => {
      const groupId = await create();
      await happened(
        groupId,
        event('GroupBlocked', { reason: 'credit', message: 'Add.', next_try_at: '2030-01-01T00:00:00Z', tries: 3 }),
      );
      expect(await answer(await send('POST', `/${groupId}/retry`, {}), 202)).toMatchObject({
        num_rows: 0,
        generation: 2,
      });
      expect((await last(groupId, 'RetryRequested'))!.rows).toEqual([]);
    });
  });

  describe('cancel', () => {
    it('counts what is cancelled and what goes on, once', async () => {
      const groupId = await create({ inputs: ['a', 'b', 'c'] });
      await happened(groupId, bought(0));
      const counts = { cancelled: 2, going_on: 1, settled: 0, generation: 1 };
      const cancelled = await answer(await send('POST', `/${groupId}/cancel`), 200);
      expect(cancelled).toMatchObject({ ...counts, detail: expect.stringContaining('cannot stop') });
      expect(await answer(await send('POST', `/${groupId}/cancel`), 200)).toMatchObject(counts);
      const names = (await eventsOf(groupId)).map(({ name }) => name);
      expect(names.filter((name) => name === 'CancelRequested')).toHaveLength(1);
    });
  });

  describe('delete', () => {
    it('is written down, answers 202 while it is under way, and is 410 for every other command', async () => {
      const groupId = await create();
      const underWay = await answer(await send('DELETE', `/${groupId}`), 202);
      expect(underWay).toMatchObject({ deleted: false });
      expect(await last(groupId, 'DeleteRequested')).toEqual({ generation: 1 });
      expect(await answer(await send('POST', `/${groupId}/cancel`), 410)).toMatchObject({ code: 'group_expired' });
      expect(await answer(await send('POST', `/${groupId}/runs`, { inputs: ['a'] }), 410)).toMatchObject({
        code: 'group_expired',
      });

      const gone = event('GroupExpired', { reason: 'deleted', expired_at: '2026-11-21T00:00:00.000Z' });
      await gateway.log.append(groupId, [gone], 'any');
      expect(await answer(await send('POST', `/${groupId}/cancel`), 410)).toMatchObject({ code: 'group_expired' });
      await gateway.project(groupId);
      await gateway.log.purgeGroup(groupId);
      for (const [method, tail] of [
        ['DELETE', ''],
        ['GET', '/events'],
        ['POST', '/retry'],
      ] as const)
        expect(await answer(await send(method, `/${groupId}${tail}`), 410)).toMatchObject({ code: 'group_expired' });
    });
  });

  describe('what the owner may see', () => {
    it('the log, paged, without secrets', async () => {
      const groupId = await create({ webhook_url: 'https://hooks.example.com/secret-path?token=hidden' });
      await happened(groupId, bought(0, 1));
      const first = await answer(await send('GET', `/${groupId}/events?limit=2`), 200);
      const types = (page: Record<string, unknown>) => (page.events as { type: string }[]).map(({ type }) => type);
      expect(types(first)).toEqual(['multitask.rows.accepted.v1', 'multitask.group.created.v1']);
      const second = await answer(await send('GET', `/${groupId}/events?cursor=${String(first.next_cursor)}`), 200);
      expect(types(second)).toEqual(['multitask.runs.added.v1']);
      expect(second.next_cursor).toBeNull();
      const { credential_id, webhook_id, owner_fingerprint } = (await last(groupId, 'GroupCreated'))!;
      for (const secret of [credential_id, webhook_id!, owner_fingerprint, 'hidden', 'secret-path'])
        expect(JSON.stringify([first, second])).not.toContain(secret);
      expect((await send('GET', `/${groupId}/events?limit=0`)).status).toBe(400);
      expect((await send('GET', `/${groupId}/events?cursor=x`)).status).toBe(400);
    });

    it('deliveries with their attempts and no more of the URL than its host; one can be had again', async () => {
      const groupId = await create({ webhook_url: 'https://hooks.example.com/secret-path?token=hidden' });
      expect(await answer(await send('POST', `/${groupId}/webhook/redeliver`), 409)).toMatchObject({
        code: 'nothing_to_do',
        detail: expect.stringContaining('nothing completed'),
      });
      await happened(groupId, event('GroupCompleted', { generation: 1, counts: {} }));
      const attempt = { generation: 1, attempt: 1, status: 200, error: null, delivered: true, next_try_at: null };
      await happened(groupId, event('WebhookAttempted', attempt));
      const page = await answer(await send('GET', `/${groupId}/webhook`), 200);
      expect(page).toMatchObject({
        endpoint: 'https://hooks.example.com…',
        deliveries: [
          { webhook_id: `${groupId}.1`, generation: 1, state: 'delivered', attempts: [{ attempt: 1, status: 200 }] },
        ],
        next_cursor: null,
      });
      expect(JSON.stringify(page)).not.toMatch(/hidden|secret-path/);

      expect(await answer(await send('POST', `/${groupId}/webhook/redeliver`, { generation: 2 }), 409)).toMatchObject({
        code: 'nothing_to_do',
        field: 'generation',
      });
      const again = await answer(await send('POST', `/${groupId}/webhook/redeliver`), 202);
      expect(again).toEqual({ taskgroup_id: groupId, generation: 1, webhook_id: `${groupId}.1` });
      expect(await answer(await send('GET', `/${groupId}/webhook`), 200)).toMatchObject({
        deliveries: [{ state: 'pending', next_try_at: expect.any(String) }],
      });
    });

    it('a group without webhook has no endpoint', async () => {
      const groupId = await create();
      expect(await answer(await send('GET', `/${groupId}/webhook`), 200)).toMatchObject({
        endpoint: null,
        deliveries: [],
      });
      expect(await answer(await send('POST', `/${groupId}/webhook/redeliver`), 409)).toMatchObject({
        detail: expect.stringContaining('without webhook_url'),
      });
    });
  });
});
