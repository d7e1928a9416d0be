import { connect } from 'node:net';
import { event, requestSubjects, type GroupListAnswer, type LimitsAnswer } from '@multitask/contracts';
import { launchGateway, type LaunchedGateway } from './testing/gateway.launcher';

const body = JSON.stringify({ inputs: ['a', 'b'], output_type: 'text', processor: 'lite' });
const withWebhook = JSON.stringify({ ...(JSON.parse(body) as object), webhook_url: 'https://hooks.example/x' });

describe('who may do what', () => {
  let gateway: LaunchedGateway;
  beforeAll(async () => {
    gateway = await launchGateway({
      UPSTREAM_KIND: 'parallel',
      PUBLIC_URL: 'https://multitask.example',
      RATE_LIMIT_PER_KEY: '3',
      RATE_LIMIT_PER_ADDRESS: '5',
      MAX_COST_USD: '1',
    });
  });
  afterAll(() => gateway?.close());

  const send = (method: string, path: string, headers: Record<string, string> = {}, content?: string) =>
    fetch(gateway.origin + path, {
      method,
      headers: { accept: 'application/json', ...(content ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(content ? { body: content } : {}),
    });
  const path = '/v1beta/tasks/multitask';

  it('nobody without a key, and nothing of the body is read', async () => {
    const response = await send('POST', path, {}, '{ this is not even JSON');
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'key_missing', field: 'x-api-key' });
    expect((await send('GET', path)).status).toBe(401);
  });

  it.each<[string, Record<string, string>, string]>([
    ['x-api-key', { 'x-api-key': 'key-one' }, ''],
    ['a bearer token', { authorization: 'Bearer key-one' }, ''],
    ['?apiKey', {}, '?apiKey=key-one'],
  ])('whoever sends a key as %s', async (_, headers, query) => {
    expect((await send('POST', path + query, headers, body)).status).toBe(201);
  });

  it('whoever sends a key in a form', async () => {
    const form = new FormData();
    for (const [name, value] of Object.entries({
      api_key: 'key-one',
      inputs: 'a\n1',
      output_type: 'text',
      processor: 'lite',
    }))
      form.append(name, value);
    expect((await fetch(gateway.create, { method: 'POST', body: form })).status).toBe(201);
    form.delete('api_key');
    expect((await fetch(gateway.create, { method: 'POST', body: form })).status).toBe(401);
  });

  it('a dry run needs no key, and says what it could not ask', async () => {
    const words = JSON.stringify({ inputs: ['a'], output_type: 'json', output_description: 'x' });
    const response = await send('POST', `${path}?dry_run=1`, {}, words);
    expect(await response.json()).toMatchObject({
      processor: 'core',
      warnings: [
        { code: 'not_suggested', field: 'output_schema' },
        { code: 'not_suggested', field: 'processor' },
      ],
    });
  });

  it('nobody whose key the upstream refuses, and nothing is kept', async () => {
    await fetch(`${gateway.emulator}/_emulator/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ faults: [{ kind: 'respond', status: 401, match: { key: 'stolen' } }] }),
    });
    const response = await send('POST', path, { 'x-api-key': 'stolen', 'idempotency-key': 'k' }, body);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'key_refused' });
    const kept = await gateway.database
      .selectFrom('idempotency.requests')
      .selectAll()
      .where('state', '=', 'in_progress')
      .execute();
    expect(kept).toEqual([]);
  });

  it.each([
    [402, 402, 'credit_exhausted'],
    [403, 403, 'processor_refused'],
    [429, 429, 'rate_limited'],
    [500, 502, 'upstream_failed'],
    [422, 502, 'upstream_failed'],
  ])('an upstream that says %i is passed on as %i %s', async (says, status, code) => {
    await fetch(`${gateway.emulator}/_emulator/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        faults: [{ kind: 'respond', status: says, times: 1, match: { endpoint: 'create_group' } }],
      }),
    });
    const response = await send('POST', path, { 'x-api-key': 'key-one' }, body);
    expect({ status: response.status, code: ((await response.json()) as { code: string }).code }).toEqual({
      status,
      code,
    });
  });

  it('nobody spends more than the operator allows', async () => {
    const dear = JSON.stringify({ inputs: ['a'], output_type: 'text', processor: 'ultra8x' });
    const response = await send('POST', path, { 'x-api-key': 'key-one' }, dear);
    expect(response.status).toBe(402);
    expect(await response.json()).toMatchObject({ code: 'cost_above_limit' });
  });

  it('everybody sees the limits', async () => {
    const limits = (await (await send('GET', `${path}/limits`)).json()) as LimitsAnswer;
    expect(limits).toMatchObject({
      upstream: 'parallel',
      key_required: true,
      limits: { max_cost_usd: 1, rows: 100_000 },
    });
    expect(limits.processors[0]).toEqual({
      name: 'lite',
      usd_per_run: 0.005,
      latency_seconds: { min: 10, max: 120 },
      max_fields: 2,
    });
    expect(limits.fields).toContain('output_schema');
  });

  it('an owner sees the own groups, newest first, page by page, and nobody else’s', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 52; i++) {
      const answer = (await (await send('POST', path, { 'x-api-key': 'owner' }, body)).json()) as {
        taskgroup_id: string;
      };
      await gateway.project(answer.taskgroup_id);
      ids.unshift(answer.taskgroup_id);
    }
    const list = async (query: string, key: string) =>
      (await (await send('GET', path + query, { 'x-api-key': key })).json()) as GroupListAnswer;
    const first = await list('', 'owner');
    expect(first.groups[0]).toEqual({
      taskgroup_id: ids[0],
      url: `https://multitask.example/${ids[0]}`,
      title: null,
      processor: 'lite',
      num_inputs: 2,
      is_active: true,
      status_counts: { queued: 2 },
      created_at: expect.any(String),
      expires_at: null,
    });
    const second = await list(`?cursor=${first.next_cursor}`, 'owner');
    expect([...first.groups, ...second.groups].map((group) => group.taskgroup_id)).toEqual(ids);
    expect(second.next_cursor).toBeNull();
    expect(await list('', 'stranger')).toEqual({ groups: [], next_cursor: null });
    expect((await send('GET', `${path}?cursor=nonsense`, { 'x-api-key': 'owner' })).status).toBe(400);
  });

  it('nobody asks more often than allowed, by key and by address, unless on this machine', async () => {
    const from = (address: string, key: string) =>
      send('GET', `${path}/limits`, { 'x-forwarded-for': address, 'x-api-key': key });
    const allowed = await from('203.0.113.1', 'busy');
    expect(allowed.headers.get('ratelimit-limit')).toBe('3');
    expect(allowed.headers.get('ratelimit-remaining')).toBe('2');
    expect(Number(allowed.headers.get('ratelimit-reset'))).toBeGreaterThan(0);
    await from('203.0.113.2', 'busy');
    await from('203.0.113.3', 'busy');
    const refused = await from('203.0.113.4', 'busy');
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: 'rate_limited', retryable: true });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

    // The same key, whichever way it is sent.
    const sent = (address: string, query: string, headers: Record<string, string> = {}) =>
      send('GET', `${path}/limits${query}`, { 'x-forwarded-for': address, ...headers });
    expect((await sent('203.0.113.5', '?apiKey=busy')).status).toBe(429);
    expect((await sent('203.0.113.6', '', { authorization: 'Bearer busy' })).status).toBe(429);
    expect((await sent('203.0.113.7', '?apiKey=idle')).headers.get('ratelimit-remaining')).toBe('2');

    for (let i = 0; i < 5; i++) expect((await from('203.0.113.9', `key-${i}`)).status).toBe(200);
    // The parts of the form's page are one look of one reader.
    const part = await send('GET', `${path}/form/000000000000/form/main.js`, { 'x-forwarded-for': '203.0.113.9' });
    expect([part.status, part.headers.get('ratelimit-limit')]).toEqual([200, null]);
    expect((await from('203.0.113.9', 'key-5')).status).toBe(429);
    for (let i = 0; i < 10; i++) expect((await from('127.0.0.1', 'busy')).status).toBe(200);
  });

  it('a caller that prefers to wait gets the result itself once it is there', async () => {
    const result = '{"results":[1,2]}\n';
    const asked: unknown[] = [];
    const subscription = gateway.nats.subscribe(requestSubjects.getData, {
      callback: (_, message) => {
        const packet = message.json<{ id: string; data: unknown }>();
        asked.push(packet.data);
        message.respond(JSON.stringify({ id: packet.id, isDisposed: true, response: { ok: true, body: result } }));
      },
    });
    const pending = send('POST', path, { 'x-api-key': 'waiter', prefer: 'wait=20' }, withWebhook);
    const request = await new Promise<string>((found) => {
      const stop = new AbortController();
      void (async () => {
        for await (const entry of gateway.log.tail('multitask.*.*.command', 1, stop.signal))
          if (
            entry.kind === 'event' &&
            entry.event.name === 'GroupCreated' &&
            isWaiters(entry.event.data.owner_fingerprint)
          ) {
            found(entry.event.groupId);
            stop.abort();
          }
      })().catch(() => undefined);
    });
    await gateway.log.append(request, [event('GroupCompleted', { generation: 1, counts: { completed: 2 } })], 'any');
    await gateway.project(request);
    const response = await pending;
    subscription.unsubscribe();
    expect(response.status).toBe(201);
    expect(response.headers.get('preference-applied')).toBe('wait=20');
    expect(response.headers.get('location')).toBe(`https://multitask.example/${request}`);
    expect(response.headers.get('webhook-secret')).toMatch(/^whsec_/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe(result);
    expect(asked).toEqual([{ id: request, format: 'json' }]);
  });

  const isWaiters = (fingerprint: string) => fingerprint === gateway.vault.fingerprintOf('waiter');

  it('and the usual answer when it is not', async () => {
    const startedAt = performance.now();
    const response = await send('POST', path, { 'x-api-key': 'waiter-2', prefer: 'wait=1' }, withWebhook);
    expect(response.headers.get('preference-applied')).toBe('wait=1');
    expect(performance.now() - startedAt).toBeGreaterThan(900);
    expect(await response.json()).toMatchObject({
      taskgroup_id: expect.stringMatching(/^tgrp_/),
      webhook_secret: response.headers.get('webhook-secret'),
    });
  });

  it('a caller that sends a byte now and then is let go', async () => {
    const { port } = new URL(gateway.origin);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\nx-api-key: k\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n`,
    );
    const drip = setInterval(() => socket.write(' '), 250);
    const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
    clearInterval(drip);
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":"request_timeout"');
  });

  it('what is created, and what is refused and why, is counted', async () => {
    const text = await (await fetch(`http://127.0.0.1:${gateway.service.opsPort}/metrics`)).text();
    const value = (line: RegExp) => Number(line.exec(text)?.[1]);
    expect(value(/^multitask_creates_total\{outcome="created",.*\} (\d+)$/m)).toBeGreaterThan(50);
    expect(value(/^multitask_creates_total\{outcome="key_missing",.*\} (\d+)$/m)).toBeGreaterThanOrEqual(2);
    expect(value(/^multitask_rows_accepted_total\{.*\} (\d+)$/m)).toBeGreaterThan(100);
    expect(value(/^multitask_create_duration_seconds_count\{.*outcome="created".*\} (\d+)$/m)).toBeGreaterThan(50);
  });

  it('the key shows up nowhere but in the vault', async () => {
    const key = 'canary-key-4711';
    await send('POST', `${path}?apiKey=${key}`, {}, body);
    const rows = await gateway.database.selectFrom('idempotency.requests').selectAll().execute();
    const events: unknown[] = [];
    const stop = AbortSignal.timeout(500);
    try {
      for await (const entry of gateway.log.tail('multitask.*.*.*', 1, stop)) events.push(entry);
    } catch {
      // The signal ends the reading.
    }
    expect(events.length).toBeGreaterThan(10);
    expect(JSON.stringify([rows, events])).not.toContain(key);
  });
});

describe('a log that is nearly full', () => {
  it('takes no new groups, and says so before anything else is done', async () => {
    const gateway = await launchGateway({ LOG_MAX_BYTES: String(16 * 1024 * 1024) });
    try {
      const rows = JSON.stringify({
        inputs: Array.from({ length: 70 }, () => 'x'.repeat(100_000)),
        output_type: 'text',
        processor: 'lite',
      });
      const post = () =>
        fetch(gateway.create, { method: 'POST', headers: { 'content-type': 'application/json' }, body: rows });
      expect((await post()).status).toBe(201);
      expect((await post()).status).toBe(201);
      const before = (await gateway.upstreamRequests()).length;
      const response = await post();
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('60');
      expect(await response.json()).toMatchObject({ code: 'log_full', retryable: true });
      expect(await gateway.upstreamRequests()).toHaveLength(before);
    } finally {
      await gateway.close();
    }
  });
});
