import { createHmac, randomUUID } from 'node:crypto';
import { event } from '@multitask/contracts';
import { ApiHouse } from './api.house';
import { DocumentedAnswers, type Answer } from './documented.answers';
import { unfinished } from './slow.request';

const owner = 'key-of-one';
const secret = 'the-account-secret';
const path = '/v1beta/tasks/multitask';
const nobody = `tgrp_${'0'.repeat(32)}`;
const noRun = `trun_${'0'.repeat(32)}`;
const json = { 'content-type': 'application/json' };
const keyed = { 'x-api-key': owner };
const tiny = { inputs: ['Who?'], output_type: 'text', processor: 'lite' };

const documented = new DocumentedAnswers();
const produced = new Set<string>();
const faults: string[] = [];

/** Every documented status of every operation is produced once, by a real request to the real services. */
describe('the API as it is documented', () => {
  let house: ApiHouse;
  let done: string;
  let run: string;
  let open: string;
  let gone: string;
  let reads: readonly (readonly [id: string, tail: string])[];
  let dark: Promise<number[]>;
  let addresses = 0;
  beforeAll(async () => {
    house = await ApiHouse.open({
      RATE_LIMIT_PER_ADDRESS: '1',
      STREAM_MAX_READERS_PER_ADDRESS: '1',
      PARALLEL_WEBHOOK_SECRET: secret,
    });
    const webhook_url = 'https://example.com/hook';
    [done, open, gone] = await Promise.all([
      house.create({ webhook_url }, owner),
      house.create({}, owner),
      house.create({}, owner),
    ]);
    run = await house.finish(done);
    await house.tell(gone, event('GroupExpired', { reason: 'ttl', expired_at: '2026-11-21T12:00:00.000Z' }));
    reads = [
      ['getResult', ''],
      ['getResultJson', '.json'],
      ['getResultMarkdown', '.md'],
      ['getResultPage', '.html'],
      ['getResultCsv', '.csv'],
      ['getResultNdjson', '.ndjson'],
      ['getResultSqlite', '.sqlite'],
      ['openResultStudio', '.db'],
      ['streamResult', '.sse'],
      ['getStatus', '/status'],
      ['getRow', `/runs/${run}`],
    ];
    // Who cannot know waits a while before saying so: begun here, they are done when they are looked at.
    dark = Promise.all([
      ...reads.map(([id, tail]) => ask(id, `${house.dark.results}/${done}${tail}`)),
      ask('getRun', `${house.dark.results}/${run}`),
    ]);
    dark.catch(() => undefined);
  }, 120_000);
  afterAll(() => house?.close());

  function judge(operationId: string, answer: Answer): void {
    produced.add(`${operationId} ${answer.status}`);
    faults.push(...documented.faultsOf(operationId, answer));
  }

  async function ask(operationId: string, url: string, init: RequestInit = {}): Promise<number> {
    const leaving = new AbortController();
    const response = await fetch(url, { redirect: 'manual', ...init, signal: leaving.signal });
    const contentType = response.headers.get('content-type') ?? '';
    // A stream that goes on is known by its first bytes.
    const text = contentType.startsWith('text/event-stream') ? await firstOf(response) : await response.text();
    leaving.abort();
    judge(operationId, { status: response.status, contentType, text });
    return response.status;
  }

  const firstOf = async (response: Response): Promise<string> => {
    const { value } = await response.body!.getReader().read();
    return new TextDecoder().decode(value as Uint8Array | undefined);
  };

  /** The second of two requests of one address of this minute. */
  async function tooMany(operationId: string, url: string, init: RequestInit): Promise<void> {
    const headers = { ...(init.headers as Record<string, string>), 'x-forwarded-for': `203.0.113.${++addresses}` };
    await fetch(url, { ...init, headers, redirect: 'manual' }).then((response) => response.text());
    expect(await ask(operationId, url, { ...init, headers })).toBe(429);
  }

  const body = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  const post = (value: unknown, headers: Record<string, string> = keyed): RequestInit => ({
    method: 'POST',
    headers: { ...json, ...headers },
    body: body(value),
  });
  const slowly = async (operationId: string, url: string, headers: Record<string, string>, start?: string) => {
    const { status, text, headers: answered } = await unfinished(url, headers, start);
    judge(operationId, { status, text, contentType: answered.get('content-type') ?? '' });
  };

  it('creates, refuses to create, and says why', async () => {
    const create = (value: unknown, headers: Record<string, string> = {}, origin = house.sound.api, query = '') =>
      ask('createTaskGroup', `${origin}${path}${query}`, post(value, { ...keyed, ...headers }));
    const url = house.sound.api + path;
    // What has to be waited for begins first.
    const slow = slowly('createTaskGroup', url, { ...json, ...keyed }, '{"inputs":');
    await house.faults({ kind: 'delay', seconds: 8, times: 1, match: { endpoint: 'create_group', key: 'busy-key' } });
    const busy = { 'x-api-key': 'busy-key', 'idempotency-key': 'busy' };
    const twice = [create(tiny, busy), create(tiny, busy)];

    expect(await create(tiny, { accept: 'application/json' })).toBe(201);
    expect(await create(tiny, { accept: 'text/plain' })).toBe(201);
    expect(await create(tiny, { accept: 'text/html' })).toBe(303);
    expect(await create(tiny, {}, undefined, '?dry_run=true')).toBe(200);
    expect(await create({ ...tiny, proccessor: 'lite' })).toBe(400);
    expect(await ask('createTaskGroup', url, post(tiny, {}))).toBe(401);
    expect(await create({ ...tiny, max_cost_usd: 0 })).toBe(402);
    expect(await create({ taskgroup_id: nobody })).toBe(404);
    expect(await create({ taskgroup_id: gone })).toBe(410);
    await slowly('createTaskGroup', url, { ...json, ...keyed, 'content-length': '999999999' });
    expect(await create('a', { 'content-type': 'text/xml' })).toBe(415);
    expect(await create(tiny, { 'idempotency-key': 'once' })).toBe(201);
    expect(await create({ ...tiny, title: 'b' }, { 'idempotency-key': 'once' })).toBe(422);
    await tooMany('createTaskGroup', url, post('{'));
    expect(await create(tiny, {}, house.alone)).toBe(502);
    expect(await create(tiny, {}, house.dark.api)).toBe(503);
    expect(await create(tiny, {}, house.broken)).toBe(500);
    await house.faults({ kind: 'respond', status: 403, match: { endpoint: 'create_group', key: 'poor-key' } });
    expect(await create(tiny, { 'x-api-key': 'poor-key' })).toBe(403);
    // Whichever came first.
    expect((await Promise.all(twice)).sort()).toEqual([201, 409]);
    await slow;
  }, 120_000);

  it('lists groups and limits', async () => {
    const list = (origin: string, query = '', headers: Record<string, string> = keyed) =>
      ask('listTaskGroups', `${origin}${path}${query}`, { headers });
    expect(await list(house.sound.api)).toBe(200);
    expect(await list(house.sound.api, '?cursor=x')).toBe(400);
    expect(await list(house.sound.api, '', {})).toBe(401);
    expect(await list(house.dark.api)).toBe(503);
    expect(await list(house.broken)).toBe(500);
    await tooMany('listTaskGroups', house.sound.api + path, { headers: keyed });
    expect(await ask('getLimits', `${house.sound.api}${path}/limits`)).toBe(200);
    await tooMany('getLimits', `${house.sound.api}${path}/limits`, {});
  }, 60_000);

  it('takes the owner’s commands, and nobody else’s', async () => {
    interface Command {
      readonly id: string;
      readonly tail: string;
      readonly init: RequestInit;
      readonly bad?: { readonly tail?: string; readonly body?: unknown };
    }
    const get = { headers: keyed };
    const commands: Command[] = [
      { id: 'appendInputs', tail: '/runs', init: post({ inputs: ['a'] }), bad: { body: '{' } },
      { id: 'retryRows', tail: '/retry', init: post({}), bad: { body: { rows: 'x' } } },
      { id: 'cancelTaskGroup', tail: '/cancel', init: { method: 'POST', headers: keyed } },
      { id: 'deleteTaskGroup', tail: '', init: { method: 'DELETE', headers: keyed } },
      { id: 'listEvents', tail: '/events', init: get, bad: { tail: '?limit=0' } },
      { id: 'listDeliveries', tail: '/webhook', init: get, bad: { tail: '?cursor=x' } },
      { id: 'redeliverWebhook', tail: '/webhook/redeliver', init: post({}), bad: { body: { a: 1 } } },
    ];
    const slow: Promise<void>[] = [];
    for (const { id, tail, init, bad } of commands) {
      const url = (groupId: string, origin = house.sound.api) => `${origin}${path}/${groupId}${tail}`;
      const as = (key: string | undefined): RequestInit => {
        const { 'x-api-key': _, ...rest } = init.headers as Record<string, string>;
        return { ...init, headers: { ...rest, ...(key && { 'x-api-key': key }) } };
      };
      const takesBody = bad?.body !== undefined;
      if (takesBody) slow.push(slowly(id, url(open), { ...json, ...keyed }, '{"'));
      const told = async (status: number, ...request: [string, RequestInit]) =>
        expect([id, await ask(id, ...request)]).toEqual([id, status]);
      await told(401, url(open), as(undefined));
      await told(403, url(open), as('key-of-another'));
      await told(404, url(nobody), init);
      await told(410, url(gone), init);
      await told(502, url(open, house.alone), as('key-of-another'));
      await told(503, url(open, house.dark.api), init);
      await told(500, url(open, house.broken), init);
      if (bad?.tail) await told(400, url(open) + bad.tail, init);
      if (takesBody) await told(400, url(open), { ...init, body: body(bad.body) });
      if (takesBody) await slowly(id, url(open), { ...json, ...keyed, 'content-length': '999999999' });
      await tooMany(id, url(nobody), init);
    }
    const command = (id: string, groupId: string, tail: string, value?: object, headers: Record<string, string> = {}) =>
      ask(id, `${house.sound.api}${path}/${groupId}${tail}`, value ? post(value, { ...keyed, ...headers }) : get);
    expect(await command('listEvents', done, '/events')).toBe(200);
    expect(await command('listDeliveries', done, '/webhook')).toBe(200);
    expect(await command('redeliverWebhook', done, '/webhook/redeliver', {})).toBe(202);
    expect(await command('redeliverWebhook', open, '/webhook/redeliver', {})).toBe(409);
    const once = { 'idempotency-key': 'an append' };
    expect(await command('appendInputs', open, '/runs', { inputs: ['b'] }, once)).toBe(202);
    expect(await command('appendInputs', open, '/runs', { inputs: ['c'] }, once)).toBe(422);
    expect(await command('retryRows', open, '/retry', {}, once)).toBe(422);
    expect(await command('appendInputs', open, '/runs', { inputs: ['b'], max_cost_usd: 0 })).toBe(402);
    expect(await command('appendInputs', open, '/runs', { inputs: ['b'] }, { 'content-type': 'a/b' })).toBe(415);
    expect(await command('retryRows', open, '/retry', {})).toBe(409);
    expect(await command('cancelTaskGroup', open, '/cancel', {})).toBe(200);
    expect(await command('retryRows', open, '/retry', { max_cost_usd: 0 })).toBe(402);
    expect(await command('retryRows', open, '/retry', {})).toBe(202);
    const followed = await house.atUpstream(owner);
    expect(await ask('createTaskGroup', house.sound.api + path, post({ taskgroup_id: followed }))).toBe(201);
    expect(await command('appendInputs', followed, '/runs', { inputs: ['a'] })).toBe(409);
    await Promise.all(slow);
  }, 120_000);

  it('takes the account’s webhooks', async () => {
    const hook = (text: string, headers: Record<string, string> = {}, origin = house.sound.api) => {
      const [id, time] = [`whevent_${randomUUID()}`, String(Math.floor(Date.now() / 1_000))];
      const signature = createHmac('sha256', secret).update(`${id}.${time}.${text}`).digest('base64');
      const signed = {
        'webhook-id': id,
        'webhook-timestamp': time,
        'webhook-signature': `v1,${signature}`,
        ...headers,
      };
      return [`${origin}/webhook`, post(text, signed)] as const;
    };
    const send = (...of: Parameters<typeof hook>) => ask('receiveUpstreamWebhook', ...hook(...of));
    const fresh = {
      ...json,
      'webhook-id': 'x',
      'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
      'webhook-signature': 'v1,',
    };
    const slow = slowly('receiveUpstreamWebhook', `${house.sound.api}/webhook`, fresh, '{');
    expect(await send(JSON.stringify({ data: { taskgroup_id: open } }))).toBe(204);
    expect(await send('{')).toBe(400);
    expect(await send('{}', { 'webhook-signature': 'v1,AAAA' })).toBe(401);
    expect(await send(' '.repeat(300_000))).toBe(413);
    await tooMany('receiveUpstreamWebhook', ...hook('{}'));
    await slow;
    // Where nobody set a secret.
    expect(await send('{}', {}, house.alone)).toBe(404);
  }, 60_000);

  it('reads results in every format', async () => {
    for (const [id, tail] of reads) {
      const url = (groupId: string) => `${house.sound.results}/${groupId}${tail}`;
      const told = async (status: number, ...request: [string, RequestInit?]) =>
        expect([id, tail, await ask(id, ...request)]).toEqual([id, tail, status]);
      const has = (status: number) => documented.statuses.includes(`${id} ${status}`);
      await told(200, url(done));
      await told(404, url(nobody));
      await told(410, url(gone));
      if (has(304)) {
        const etag = (await fetch(url(done))).headers.get('etag')!;
        await told(304, url(done), { headers: { 'if-none-match': etag } });
      }
      if (has(400)) await told(400, `${url(done)}?${id === 'streamResult' ? 'follow=perhaps' : 'limit=0'}`);
      if (has(406)) await told(406, url(done), { headers: { accept: 'image/png' } });
    }
    expect(await dark).toEqual([...reads.map(() => 503), 503]);
    // Every format by Accept, and the studio by a browser's.
    const accept = (accepted: string) => ({ headers: { accept: accepted } });
    for (const type of Object.keys(documented.operations.get('getResult')!.responses['200']!.content!))
      expect(await ask('getResult', `${house.sound.results}/${done}`, accept(type))).toBe(200);
    for (const type of Object.keys(documented.operations.get('getRow')!.responses['200']!.content!)) {
      expect(await ask('getRow', `${house.sound.results}/${done}/runs/${run}`, accept(type))).toBe(200);
      expect(await ask('getRun', `${house.sound.results}/${run}`, accept(type))).toBe(200);
    }
    expect(await ask('openResultStudio', `${house.sound.results}/${done}.db`, accept('text/html'))).toBe(200);
    expect(await ask('getRow', `${house.sound.results}/${done}/runs/${noRun}`)).toBe(404);
    const getRun = (name: string, init?: RequestInit) => ask('getRun', `${house.sound.results}/${name}`, init);
    expect(await getRun(noRun)).toBe(404);
    expect(await getRun(run, accept('image/png'))).toBe(406);

    // Streams: everything told already, and one more than an address may have.
    const stream = `${house.sound.results}/${done}.sse`;
    const told = await (await fetch(stream)).text();
    const last = /.*^id: (\S+)/ms.exec(told)![1]!;
    const resumed = { headers: { accept: 'text/event-stream', 'last-event-id': last } };
    expect(await ask('streamResult', stream, resumed)).toBe(204);
    expect(await ask('getResult', `${house.sound.results}/${done}`, resumed)).toBe(204);
    const far = { accept: 'text/event-stream', 'x-forwarded-for': '203.0.113.200' };
    const leaving = new AbortController();
    const held = await fetch(`${house.sound.results}/${open}.sse`, { headers: far, signal: leaving.signal });
    await held.body!.getReader().read();
    expect(await ask('streamResult', `${house.sound.results}/${open}.sse`, { headers: far })).toBe(429);
    expect(await ask('getResult', `${house.sound.results}/${open}`, { headers: far })).toBe(429);
    expect(await ask('getRow', `${house.sound.results}/${done}/runs/${run}`, { headers: far })).toBe(429);
    expect(await getRun(run, { headers: far })).toBe(429);
    leaving.abort();
  }, 60_000);

  it('deletes, at once or soon', async () => {
    const remove = (groupId: string) =>
      ask('deleteTaskGroup', `${house.sound.api}${path}/${groupId}`, { method: 'DELETE', headers: keyed });
    // Who forgets is not there yet.
    expect(await remove(open)).toBe(202);
    await house.startNotifier();
    const other = await house.create({}, owner);
    expect([200, 202]).toContain(await remove(other));
    // On a busy machine forgetting may take longer than the answer waits: it is the same command again.
    for (let tries = 0; tries < 20 && !produced.has('deleteTaskGroup 200'); tries++)
      await remove(await house.create({}, owner));
  }, 120_000);

  // Last: they look back on all that was answered above.
  it('answers nothing that is not documented, and everything as its schema says', () => {
    expect(faults).toEqual([]);
  });

  it('documents no status that nobody ever gets', () => {
    expect(documented.statuses.filter((status) => !produced.has(status))).toEqual([]);
  });
});
