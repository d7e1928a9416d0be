import { request as httpRequest } from 'node:http';
import { Validator } from '@seriousme/openapi-schema-validator';
import { operations } from '@multitask/orchestration-operations';
import { eventually } from '@multitask/testing';
import { openHouse, tripleOf, type House, type Replica } from '../testing/orchestrator.house';

let house: House;
let one: Replica;
let two: Replica;
beforeAll(async () => {
  house = await openHouse();
  [one, two] = [await house.start(), await house.start()];
});
afterAll(() => house?.close());

/** A run of dependent tasks as a worker in any language drives it. */
it('a run of dependent tasks is worked off over REST, by workers at several replicas', async () => {
  const { run } = await one.call('create_run', { context: { topic: 'capitals' } }, 'red');
  expect(run).toMatchObject({ namespace: 'red', status: 'pending', sealed: false });
  await two.call(
    'enqueue_tasks',
    {
      runId: run.id,
      tasks: [
        { kind: 'sum', key: 'sum', dependsOnKeys: ['fetch', 'parse'] },
        { kind: 'fetch', key: 'fetch', input: { url: 'https://example.org' } },
        { kind: 'parse', key: 'parse', dependsOnKeys: ['fetch'] },
      ],
    },
    'red',
  );
  await one.call('seal_run', { runId: run.id }, 'red');
  const done: string[] = [];
  for (const worker of [one, two, one]) {
    const { claim } = await worker.call('claim_next_task', { workerId: 'w', waitMs: 20_000 }, 'red');
    done.push(claim.task.key);
    await worker.call('mark_task_running', tripleOf(claim), 'red');
    await worker.call('heartbeat_lease', tripleOf(claim), 'red');
    await worker.call('complete_task', { ...tripleOf(claim), output: claim.task.key }, 'red');
  }
  expect(done).toEqual(['fetch', 'parse', 'sum']);
  const seen: string[] = [];
  for (let cursor = 0; !seen.includes('run.status.changed completed');) {
    const wait = await two.call('wait_run', { runId: run.id, cursor, timeoutMs: 20_000 }, 'red');
    seen.push(...wait.events.map((event: any) => `${event.type}${event.data.to ? ` ${event.data.to}` : ''}`));
    cursor = wait.cursor;
  }
  expect(seen.filter((type) => type === 'task.completed')).toHaveLength(3);
  expect((await one.get(`get_run?runId=${run.id}`, 'red')).body.run.status).toBe('completed');
  const listed = await one.get(`list_runs?statuses=completed,failed&limit=5&namespace=red`, 'red');
  expect(listed.body.runs.map(({ id }: any) => id)).toContain(run.id);
});

describe('a claim that waits', () => {
  it('gets the task that is enqueued at another replica meanwhile', async () => {
    const { run } = await one.call('create_run', {}, 'blue');
    const waits = one.call('claim_next_task', { workerId: 'w', kinds: ['late'], waitMs: 50_000 }, 'blue');
    const { task } = await two.call('enqueue_task', { runId: run.id, kind: 'late' }, 'blue');
    expect((await waits).claim.task.id).toBe(task.id);
  });

  it('ends with nothing when its time is over', async () => {
    expect(await one.call('claim_next_task', { workerId: 'w', kinds: ['none'], waitMs: 50 })).toEqual({ claim: null });
    expect(await one.call('claim_tasks', { workerId: 'w', kinds: ['none'] })).toEqual({ claims: [] });
  });

  it('of a worker that goes away takes no task with it', async () => {
    const { run } = await one.call('create_run', {}, 'red');
    const gone = httpRequest(`${one.origin}/v1/orchestration/claim_next_task`, {
      method: 'POST',
      headers: { authorization: 'Bearer red-red-red-red-red' },
    });
    gone.on('error', () => undefined);
    gone.end(JSON.stringify({ workerId: 'gone', kinds: ['abandoned'], waitMs: 50_000 }));
    const waiting = async () =>
      /multitask_orchestration_calls_waiting\{[^}]*\} 1/.test(
        await (await fetch(`http://127.0.0.1:${one.service.opsPort}/metrics`)).text(),
      );
    await eventually(waiting);
    gone.destroy();
    await new Promise((resolve) => (gone.closed ? resolve(0) : gone.once('close', resolve)));
    const { task } = await one.call('enqueue_task', { runId: run.id, kind: 'abandoned' }, 'red');
    const { claim } = await one.call('claim_next_task', { workerId: 'w', kinds: ['abandoned'], waitMs: 50_000 }, 'red');
    expect(claim.task).toMatchObject({ id: task.id, leasedBy: 'w', attemptCount: 1 });
  });
});

describe('an Idempotency-Key', () => {
  const headers = { 'idempotency-key': 'once' };

  it('makes a call that is repeated at another replica the same call', async () => {
    const made = await Promise.all([one, two].map((at) => at.post('create_run', {}, 'red', { headers })));
    expect(made[0]!.body.run.id).toBe(made[1]!.body.run.id);
    const other = await two.post('create_run', {}, 'blue', { headers });
    expect(other.body.run.id).not.toBe(made[0]!.body.run.id);
  });

  it('may not belong to another call, nor differ from the one in the body', async () => {
    expect(await one.post('create_run', { metadata: { a: 1 } }, 'red', { headers })).toMatchObject({
      status: 400,
      body: { code: 'invalid_field', field: 'idempotencyKey' },
    });
    expect(await one.post('create_run', { idempotencyKey: 'other' }, 'red', { headers })).toMatchObject({
      status: 400,
      body: { code: 'invalid_field', field: 'Idempotency-Key' },
    });
  });
});

describe('what is wrong', () => {
  it.each([
    ['create_run', '{', 400, 'malformed_body', undefined],
    ['create_run', '[]', 400, 'invalid_field', undefined],
    ['create_run', '{"__proto__":{"namespace":"blue"}}', 400, 'malformed_body', undefined],
    ['create_run', { surprise: 1 }, 400, 'invalid_field', 'surprise'],
    ['enqueue_task', { runId: 'none', kind: 'a' }, 404, 'record_not_found', 'runId'],
    ['claim_next_task', { workerId: 'w', waitMs: 50_001 }, 400, 'invalid_field', 'waitMs'],
    ['create_run', `{"metadata":{"a":"${'x'.repeat(1_100_000)}"}}`, 413, 'too_large', undefined],
    ['no_such_operation', {}, 404, 'path_not_found', undefined],
  ])('with %s %.40j is told', async (operation, input, status, code, field) => {
    const answer = await one.post(operation, input);
    expect([answer.status, answer.body.code, answer.body.field]).toEqual([status, code, field]);
    expect(answer.headers.get('content-type')).toMatch(/problem\+json/);
  });

  it('in a query is told as well', async () => {
    const of = async (path: string) => (({ status, body }) => [status, body.code, body.field])(await one.get(path));
    expect(await of('list_runs?limit=many')).toEqual([400, 'invalid_field', 'limit']);
    expect(await of('list_runs?limit=1&limit=2')).toEqual([400, 'invalid_field', 'query']);
    expect(await of('list_runs?__proto__=1')).toEqual([400, 'invalid_field', undefined]);
    expect(await of('create_run')).toEqual([405, 'method_not_allowed', undefined]);
    expect(await of('get_run?runId=none')).toEqual([404, 'record_not_found', undefined]);
  });

  it('refusals of the engine keep their names', async () => {
    const { run } = await one.call('create_run', { sealed: true });
    const refused = await one.post('enqueue_task', { runId: run.id, kind: 'a' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'run_terminal' } });
    expect(refused.body.detail).toMatch(/^RunTerminalError: /);
  });
});

describe('who may do what', () => {
  let kinds = 0;
  /** One of everything in the namespace red, and ids that nobody has. */
  const known = async () => {
    const kind = `mine ${++kinds}`;
    const { run } = await one.call('create_run', { context: { a: 1 } }, 'red');
    await one.call('enqueue_tasks', { runId: run.id, tasks: [{ kind }, { kind: 'mine' }] }, 'red');
    const { claim } = await one.call('claim_next_task', { workerId: 'w', kinds: [kind] }, 'red');
    const { snapshot } = await one.call('get_current_context_snapshot', { runId: run.id }, 'red');
    return { runId: run.id, ...tripleOf(claim), snapshotId: snapshot.id };
  };
  const unknown = { runId: 'run_none', taskId: 'task_none', leaseId: 'lease_none', snapshotId: 'snapshot_none' };

  const withIds = (name: string, ids: Record<string, unknown>): Record<string, unknown> => {
    const example = operations.find((operation) => operation.name === name)!.example.input as Record<string, unknown>;
    return Object.fromEntries(Object.entries(example).map(([field, value]) => [field, ids[field] ?? value]));
  };
  const named = operations.filter(({ example }) =>
    ['runId', 'taskId', 'snapshotId'].some((id) => id in (example.input as object)),
  );

  it.each(named.map(({ name }) => name))('%s answers a foreign id like one that nobody has', async (name) => {
    const ids = await known();
    const [foreign, missing] = await Promise.all([
      one.post(name, withIds(name, ids), 'blue'),
      one.post(name, withIds(name, unknown), 'blue'),
    ]);
    const shown = ({ status, body }: typeof foreign, { runId, taskId, snapshotId }: Record<string, unknown>) =>
      [runId, taskId, snapshotId].reduce(
        (text: string, id) => text.replaceAll(String(id), 'ID'),
        JSON.stringify([status, body]),
      );
    expect(shown(foreign, ids)).toBe(shown(missing, unknown));
    if (foreign.status !== 404) expect(Object.values(foreign.body)).toEqual([null]);
    const operation = operations.find((each) => each.name === name)!;
    if (operation.effect === 'read') {
      const query = new URLSearchParams(
        Object.entries(withIds(name, ids)).map(([key, value]): [string, string] => [key, String(value)]),
      );
      expect((await one.get(`${name}?${query}`, 'blue')).status).toBe(404);
    }
    // Nothing of it was changed, and its owner still has it.
    expect((await one.call('get_task', { taskId: ids.taskId }, 'red')).task).toMatchObject({
      status: 'leased',
      leaseId: ids.leaseId,
    });
  });

  it('no list shows, and no claim gives, what is another namespace’s', async () => {
    const ids = await known();
    const seen = await Promise.all([
      one.call('list_runs', { limit: 1_000 }, 'blue'),
      one.call('list_pending_tasks', { limit: 1_000 }, 'blue'),
      one.call('list_dead_tasks', { limit: 1_000 }, 'blue'),
      one.call('list_events_since', { afterId: 0, limit: 1_000 }, 'blue'),
      one.call('claim_tasks', { workerId: 'w', kinds: ['mine'] }, 'blue'),
      one.call('prune_runs', { olderThan: '2100-01-01T00:00:00Z' }, 'blue'),
      one.call('expire_leases', {}, 'blue'),
    ]);
    expect(JSON.stringify(seen)).not.toContain(ids.runId);
    expect(JSON.stringify(seen)).not.toContain(ids.taskId);
    expect((await one.call('list_runs', { limit: 1_000 }, 'operator')).runs.map(({ id }: any) => id)).toContain(
      ids.runId,
    );
  });

  it('nobody works in a namespace that is not his', async () => {
    for (const [operation, input] of [
      ['create_run', { namespace: 'red' }],
      ['list_runs', { namespace: 'red' }],
      ['claim_next_task', { workerId: 'w', namespace: 'red' }],
    ] as const)
      expect(await one.post(operation, input, 'blue')).toMatchObject({ status: 400, body: { field: 'namespace' } });
    expect((await one.call('create_run', { namespace: 'red' })).run.namespace).toBe('red');
  });

  it.each(operations.map(({ name }) => name))('%s wants a token, and one that is known', async (name) => {
    const path = `/v1/orchestration/${name}`;
    const init = { method: 'POST', body: JSON.stringify(withIds(name, unknown)) };
    const missing = await one.send(path, init);
    expect([missing.status, missing.body.code]).toEqual([401, 'token_missing']);
    expect(missing.headers.get('www-authenticate')).toBe('Bearer');
    const wrong = await one.send(path, { ...init, headers: { authorization: 'Bearer red-red-red-red-reD' } });
    expect([wrong.status, wrong.body.code]).toEqual([401, 'token_refused']);
    expect(JSON.stringify(wrong.body)).not.toContain('red-red');
  });
});

describe('the OpenAPI document', () => {
  it('is valid to a validator of others, and names every operation', async () => {
    const { body } = await one.send('/v1/orchestration/openapi.json');
    expect(await new Validator().validate(structuredClone(body))).toEqual({ valid: true });
    expect(body.servers).toEqual([{ url: one.origin }]);
    expect(Object.keys(body.paths)).toEqual(operations.map(({ name }) => `/v1/orchestration/${name}`));
    const ids = Object.values<any>(body.paths).flatMap((path) =>
      Object.values<any>(path).map((each) => each.operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });
});
