import {
  createSpec,
  type CreateAnswer,
  type CreateRequest as Documented,
  type LimitsAnswer,
  type RetryRequest as DocumentedRetry,
} from '@multitask/contracts';
import { MultitaskClient, type ClientOptions } from './client';
import type { MultitaskError } from './error/multitask.error';
import type * as answers from './group/answers';
import type { CreateRequest, CreateSpec, RetryRequest, RowInput } from './group/create-request';
import { csv } from './request/inputs.body';
import { answered, problem, ScriptedServer, type Scripted } from './testing/scripted.server';

const origin = 'https://tasks.example.com';
const id = `tgrp_${'a'.repeat(32)}`;
const created = { taskgroup_id: id, url: `${origin}/${id}`, num_inputs: 1 };
const reset = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } });
const refused = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });

const given = (script: Scripted[], options: Partial<ClientOptions> = {}) => {
  const server = new ScriptedServer(script);
  return { server, client: new MultitaskClient({ origin, apiKey: 'the-key', fetch: server.fetch, ...options }) };
};
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: MultitaskError) => error.code ?? error,
  );
/** Lets the time pass that a repeat waits. */
async function soon<T>(work: Promise<T>, ms = 120_000): Promise<T> {
  work.catch(() => undefined);
  await jest.advanceTimersByTimeAsync(ms);
  return work;
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('a create', () => {
  it('sends rows as JSON, with the key and an Idempotency-Key of its own', async () => {
    const { server, client } = given([answered(created, 201)]);
    const { group, answer } = await client.create({ inputs: [{ country: 'France' }, 'Kenya'], output_type: 'text' });
    expect(group).toMatchObject({ id, url: created.url });
    expect(answer).toEqual(created);
    const [request] = server.seen;
    expect(request).toMatchObject({ method: 'POST', url: `${origin}/v1beta/tasks/multitask`, redirect: 'manual' });
    expect(JSON.parse(request!.body as string)).toEqual({
      inputs: [{ country: 'France' }, 'Kenya'],
      output_type: 'text',
    });
    expect(request!.headers.get('x-api-key')).toBe('the-key');
    expect(request!.headers.get('idempotency-key')).toMatch(/^client-[0-9a-f]{32}$/);
  });

  it('that follows a group sends its id alone, so that one look again is another request', async () => {
    const { server, client } = given([answered(created, 201), answered(created, 201)]);
    const { group } = await client.follow({ taskgroup_id: id, title: 'Theirs' });
    await client.follow({ taskgroup_id: id });
    expect(group.id).toBe(id);
    expect(server.seen.map(({ body }) => JSON.parse(body as string))).toEqual([
      { taskgroup_id: id, title: 'Theirs' },
      { taskgroup_id: id },
    ]);
    const keys = server.seen.map(({ headers }) => headers.get('idempotency-key'));
    expect(new Set(keys).size).toBe(2);
    expect(server.seen[0]!.headers.get('content-type')).toBe('application/json');
  });

  it('given answers that get lost on the way, is repeated as it was, under the same key', async () => {
    const halfAnswer = new Response('{"taskgroup_id": "tgrp_', { status: 201 });
    const broken = new Response(new ReadableStream({ pull: (controller) => controller.error(reset) }), { status: 201 });
    const { server, client } = given([
      reset,
      broken,
      problem('not_ready', 503),
      problem('request_in_progress', 409),
      answered(created, 201),
    ]);
    expect((await soon(client.create({ inputs: ['a'] }))).answer).toEqual(created);
    const keys = server.seen.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys).toHaveLength(5);
    expect(new Set(keys).size).toBe(1);
    expect(new Set(server.seen.map(({ body }) => body)).size).toBe(1);
    expect(await codeOf(given([halfAnswer]).client.create({ inputs: ['a'] }))).toBe('unexpected_answer');
  });

  it('two of them have two keys; one that is given is used', async () => {
    const { server, client } = given([answered(created, 201), answered(created, 201), answered(created, 201)]);
    await client.create({ inputs: ['a'] });
    await client.create({ inputs: ['a'] });
    await client.create({ inputs: ['a'] }, { idempotencyKey: 'mine' });
    const keys = server.seen.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys[0]).not.toBe(keys[1]);
    expect(keys[2]).toBe('mine');
  });

  it.each(['invalid_inputs', 'key_refused', 'credit_exhausted', 'idempotency_key_reused', 'too_large'])(
    '%s is told at once',
    async (code) => {
      const { server, client } = given([problem(code, 402, { retryable: true })]);
      expect(await codeOf(client.create({ inputs: ['a'] }))).toBe(code);
      expect(server.seen).toHaveLength(1);
    },
  );

  it('sends a file as a form with the spec in front, the same at each repeat', async () => {
    const { server, client } = given([reset, answered(created, 201)]);
    await soon(client.create({ inputs: csv('country\nPeru\n'), output_description: 'capital' }));
    for (const { body, headers } of server.seen) {
      const form = body as FormData;
      expect([...form.keys()]).toEqual(['spec', 'inputs']);
      const [spec, inputs] = ['spec', 'inputs'].map((name) => form.get(name) as File);
      expect(JSON.parse(await spec!.text())).toEqual({ output_description: 'capital' });
      expect([inputs!.name, inputs!.type, await inputs!.text()]).toEqual(['inputs.csv', 'text/csv', 'country\nPeru\n']);
      // The platform writes it, with the boundary.
      expect(headers.has('content-type')).toBe(false);
    }
  });

  it('sends more rows than a JSON body may have as a file', async () => {
    const { server, client } = given([answered(created, 201)]);
    await client.create({ inputs: Array.from({ length: 90 }, () => 'x'.repeat(100_000)), output_type: 'text' });
    const inputs = (server.seen[0]!.body as FormData).get('inputs') as File;
    expect(JSON.parse(await inputs.text())).toHaveLength(90);
  });

  it('sends a URL as a URL', async () => {
    const { server, client } = given([answered(created, 201)]);
    await client.create({ inputs: new URL('https://example.com/rows.csv') });
    expect(JSON.parse(server.seen[0]!.body as string)).toEqual({ inputs: 'https://example.com/rows.csv' });
  });
});

describe('a request', () => {
  it('is given up when failures outlast the patience, and says where nobody answers', async () => {
    const { server, client } = given(Array<Error>(50).fill(refused), { patienceMs: 5_000 });
    const error = await soon(client.limits()).catch((one: unknown) => one);
    expect(error).toMatchObject({
      code: 'unreachable',
      retryable: true,
      message: `${origin} does not answer: nothing listens there.`,
    });
    expect(server.seen.length).toBeGreaterThan(2);
    expect(server.seen.length).toBeLessThan(8);
  });

  it('without an answer in time is sent again', async () => {
    const { server, client } = given(['hangs', answered({ upstream: 'emulator' })]);
    expect(await soon(client.limits())).toEqual({ upstream: 'emulator' });
    expect(server.seen).toHaveLength(2);
  });

  it('waits for Retry-After, but not for an hour', async () => {
    const { server, client } = given([
      problem('rate_limited', 429, {}, { 'retry-after': '9' }),
      problem('rate_limited', 429, {}, { 'retry-after': '3600' }),
    ]);
    const asked = client.limits();
    asked.catch(() => undefined);
    await jest.advanceTimersByTimeAsync(8_900);
    expect(server.seen).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(1_100);
    await expect(asked).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 3600 });
  });

  it('ends with the reason of the signal, also while it waits', async () => {
    const leaving = new AbortController();
    const { client } = given([refused, refused]);
    const asked = client.create({ inputs: ['a'] }, { signal: leaving.signal });
    asked.catch(() => undefined);
    await jest.advanceTimersByTimeAsync(100);
    leaving.abort('enough');
    await expect(asked).rejects.toBe('enough');
    const hanging = given(['hangs']).client.limits({ signal: leaving.signal });
    await expect(hanging).rejects.toBe('enough');
  });
});

describe('the key', () => {
  it('goes to the client’s own installation alone, and not along with reads', async () => {
    const { server, client } = given([answered({}), answered({}), answered({})]);
    await client.group(id).status();
    await client.group(`https://elsewhere.example/${id}.json?limit=1`).status();
    await client.limits();
    expect(server.seen.map(({ url }) => new URL(url).host)).toEqual([
      'tasks.example.com',
      'elsewhere.example',
      'tasks.example.com',
    ]);
    for (const { headers } of server.seen) expect([...headers.values()].join()).not.toContain('the-key');
    for (const command of ['append', 'retry', 'cancel', 'delete'] as const)
      expect(await codeOf(client.group(`https://elsewhere.example/${id}`)[command]({ inputs: ['a'] }))).toBe(
        'foreign_url',
      );
    expect(server.seen).toHaveLength(3);
  });

  it('does not follow a redirect', async () => {
    const { server, client } = given([
      new Response(null, { status: 307, headers: { location: 'https://evil.example/' } }),
    ]);
    const error = await client.create({ inputs: ['a'] }).catch((one: unknown) => one);
    expect(error).toMatchObject({ code: 'unexpected_answer', status: 307 });
    expect(server.seen).toHaveLength(1);
  });
});

describe('a group', () => {
  it.each([
    [id, origin],
    [`https://a.example:1/${id}`, 'https://a.example:1'],
    [`https://a.example/${id}.html#row-3`, 'https://a.example'],
    [`https://a.example/${id}/status`, 'https://a.example'],
    [`https://a.example/v1beta/tasks/multitask/${id}/runs`, 'https://a.example'],
  ])('is known by %s', (text, at) => {
    expect(given([]).client.group(text)).toMatchObject({ id, url: `${at}/${id}` });
  });

  it.each([
    '',
    'tgrp_1',
    'https://a.example/',
    `ftp://a.example/${id}`,
    `https://a.example/${id}x`,
    `javascript:/${id}`,
    `https://a.example/?x=${id}`,
  ])('is not known by %j', (text) => {
    expect(() => given([]).client.group(text)).toThrow(expect.objectContaining({ code: 'foreign_url' }));
  });

  it('gives its rows page by page, and asks again for a page that got lost', async () => {
    const page = (rows: number[], next: string | null) =>
      answered({ results: rows.map((row) => ({ $id: null, $status: 'queued', row })), runs: [], next_cursor: next });
    const { server, client } = given([page([0, 1], 'r2'), reset, page([2], null)]);
    const rows: unknown[] = [];
    const reading = (async () => {
      for await (const row of client.group(id).rows({ status: ['queued', 'failed'], fields: ['row'], limit: 2 }))
        rows.push(row.row);
    })();
    await soon(reading);
    expect(rows).toEqual([0, 1, 2]);
    const query = 'status=queued&status=failed&fields=row&basis=none&limit=2';
    expect(server.seen.map(({ url }) => url)).toEqual([
      `${origin}/${id}.json?${query}`,
      ...Array<string>(2).fill(`${origin}/${id}.json?${query}&cursor=r2`),
    ]);
  });

  it('gives the rows of one instant line by line, cut anywhere, and says when they broke off', async () => {
    const text = new TextEncoder().encode('{"a":"é"}\n\n{"a":2}\n{"a":3}');
    const pieces = (then: 'close' | 'break') =>
      new Response(
        new ReadableStream({
          start(controller) {
            for (const byte of text) controller.enqueue(Uint8Array.of(byte));
            if (then === 'close') controller.close();
          },
          pull: (controller) => controller.error(reset),
        }),
      );
    const read = async (answer: Response) => {
      const rows: unknown[] = [];
      for await (const row of given([answer]).client.group(id).snapshot()) rows.push(row.a);
      return rows;
    };
    expect(await read(pieces('close'))).toEqual(['é', 2, 3]);
    expect(await codeOf(read(pieces('break')))).toBe('unreachable');
  });

  it('deleted by a call whose answer got lost counts as deleted; one that was gone before does not', async () => {
    const gone = () => problem('group_expired', 410);
    expect(await soon(given([reset, gone()]).client.group(id).delete())).toMatchObject({ deleted: true });
    expect(await codeOf(given([gone()]).client.group(id).delete())).toBe('group_expired');
  });

  it('retries under one Idempotency-Key', async () => {
    const { server, client } = given([reset, answered({ num_rows: 2 }, 202)]);
    expect(await soon(client.group(id).retry({ rows: [1, 2], max_cost_usd: 1 }))).toEqual({ num_rows: 2 });
    expect(server.seen[1]).toMatchObject({
      method: 'POST',
      url: `${origin}/v1beta/tasks/multitask/${id}/retry`,
      body: '{"rows":[1,2],"max_cost_usd":1}',
    });
    expect(new Set(server.seen.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(1);
  });
});

describe('run', () => {
  const result = {
    taskgroup_id: id,
    results: [{ $id: null, $status: 'completed' }],
    runs: [],
    generation: 1,
    status: { is_active: false },
  };
  const frames = (...names: string[]) =>
    new Response(
      names.map((name) => `event: ${name}\ndata: {"status":{"is_active":false},"group":{"status":{}}}\n\n`).join(''),
      { headers: { 'content-type': 'text/event-stream' } },
    );

  it('has the result with the very answer when the group is done soon', async () => {
    const { server, client } = given([
      answered(result, 201, { location: 'https://public.example/x', 'webhook-secret': 'whsec_1' }),
    ]);
    const finished = await client.run({ inputs: ['a'] });
    expect(finished).toMatchObject({
      result,
      webhookSecret: 'whsec_1',
      group: { id, url: 'https://public.example/x' },
    });
    expect(server.seen[0]!.headers.get('prefer')).toBe('wait=50');
  });

  it('follows the stream from then on when it takes longer', async () => {
    const statuses: unknown[] = [];
    const { server, client } = given([
      answered({ ...created, webhook_secret: 'whsec_2' }, 201),
      frames('snapshot_start', 'task_group_status', 'closed'),
      answered(result),
      answered(result),
    ]);
    const finished = await client.run({ inputs: ['a'] }, { onStatus: (status) => statuses.push(status) });
    expect(finished).toMatchObject({ result, webhookSecret: 'whsec_2' });
    expect(server.seen.map(({ url }) => url.slice(origin.length))).toEqual([
      '/v1beta/tasks/multitask',
      `/${id}.sse`,
      `/${id}/status`,
      `/${id}.json`,
    ]);
    expect(statuses).toHaveLength(2);
  });

  it('waits for the generation that it began, also when stream and status are a moment behind', async () => {
    const told = (generation: number, is_active: boolean) => answered({ generation, status: { is_active } });
    const closed = () => frames('snapshot_start', 'closed');
    const script = [answered({ generation: 2 }, 202), closed(), told(1, false), closed(), told(2, true), closed()];
    const { server, client } = given([...script, told(2, false)]);
    const group = client.group(id);
    await group.retry();
    expect(await soon(group.wait())).toMatchObject({ generation: 2, status: { is_active: false } });
    expect(server.seen).toHaveLength(7);
  });

  it('says when the group is not done in time, and when it is deleted meanwhile', async () => {
    const group = (script: Scripted[]) => given(script).client.group(id);
    expect(await codeOf(soon(group(['hangs']).wait({ timeoutMs: 1_000 }), 1_500))).toBe('timeout');
    const done = [frames('snapshot_start', 'closed'), answered({ generation: 1, status: { is_active: false } })];
    expect(await codeOf(soon(group(done).wait({ timeoutMs: 2 ** 40 }), 10))).toBe('no error');
    expect(await codeOf(group([frames('snapshot_start', 'task_group.expired')]).wait())).toBe('group_expired');
  });
});

describe('what the client sends and reads', () => {
  /** Compiled or not: what the client may send is taken, and what is answered may be read. */
  const sent = ({ inputs, ...spec }: CreateRequest): Documented => ({ ...spec, inputs: inputs as RowInput[] });
  const retried = (request: RetryRequest): DocumentedRetry => request;
  const readAnswer = (answer: CreateAnswer): answers.CreateAnswer => answer;
  const readLimits = (answer: LimitsAnswer): answers.LimitsAnswer => answer;
  void [sent, retried, readAnswer, readLimits];

  it('has every field of the contract', () => {
    const fields: Record<keyof CreateSpec, true> = {
      output_type: true,
      output_description: true,
      output_schema: true,
      processor: true,
      webhook_url: true,
      webhook_secret: true,
      input_schema: true,
      metadata: true,
      source_policy: true,
      mcp_servers: true,
      advanced_settings: true,
      enable_events: true,
      previous_interaction_id: true,
      memory_scope_key: true,
      title: true,
      ttl_days: true,
      max_inputs: true,
      max_cost_usd: true,
    };
    expect(Object.keys(fields).sort()).toEqual(Object.keys(createSpec.shape).sort());
  });
});
