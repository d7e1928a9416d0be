import { execFile } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { launchEmulator, rows, type LaunchedEmulator } from './testing/launched-emulator';

const envelope = (message: string) => ({
  type: 'error',
  error: expect.objectContaining({
    ref_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    message: expect.stringContaining(message),
  }),
});

describe('the wire', () => {
  let emulator: LaunchedEmulator;
  beforeAll(async () => {
    emulator = await launchEmulator();
  });
  afterAll(() => emulator.close());

  describe.each(['/v1', '/v1beta'])('%s', (prefix) => {
    it('serves groups and run events', async () => {
      const made = await emulator.call(`${prefix}/tasks/groups`, { body: {} });
      const group = made.body.taskgroup_id;
      expect(made.status).toBe(200);
      expect(group).toMatch(/^tgrp_[0-9a-f]{32}$/);
      const added = await emulator.call(`${prefix}/tasks/groups/${group}/runs`, { body: { inputs: rows(1) } });
      expect(added.status).toBe(200);
      const [run] = added.body.run_ids;
      expect(run).toMatch(/^trun_[0-9a-f]{32}$/);
      expect((await emulator.stream(`${prefix}/tasks/groups/${group}/events`)).names).toContain('task_run.state');
      expect((await emulator.stream(`${prefix}/tasks/groups/${group}/runs`)).names).toEqual(['task_run.state']);
      expect((await emulator.call(`${prefix}/tasks/groups/${group}/runs/${run}`)).body.run_id).toBe(run);
      expect((await emulator.stream(`${prefix}/tasks/runs/${run}/events`)).names).toEqual(['task_run.state']);
    });
  });

  it('leaves nothing on a connection that asks for many results', async () => {
    const group = await emulator.newGroup();
    const [run] = (await emulator.addRuns(group, rows(1))).body.run_ids;
    const listeners: number[] = [];
    const note = (message: unknown) =>
      listeners.push((message as { request: IncomingMessage }).request.socket.listenerCount('close'));
    subscribe('http.server.request.start', note);
    for (let i = 0; i < 5; i++) await emulator.call(`/v1/tasks/runs/${run}/result`);
    unsubscribe('http.server.request.start', note);
    expect(listeners).toHaveLength(5);
    expect(listeners[4]).toBe(listeners[1]);
  });

  describe('keys', () => {
    it('refuses requests without one, and those made to be refused', async () => {
      for (const key of [null, 'bad-key-x']) {
        const answer = await emulator.call('/v1/tasks/groups', { body: {}, key });
        expect(answer.status).toBe(401);
        expect(answer.body).toEqual(envelope('Unauthorized'));
      }
    });

    it('takes a bearer token for a key', async () => {
      const group = await emulator.newGroup('token-1');
      const headers = { authorization: 'Bearer token-1' };
      expect((await emulator.call(`/v1/tasks/groups/${group}`, { key: null, headers })).status).toBe(200);
    });

    it('hides groups and runs from other keys', async () => {
      const group = await emulator.newGroup();
      const run = (await emulator.addRuns(group, rows(1))).body.run_ids[0];
      const key = 'key-two';
      for (const path of ['', '/runs', '/events', `/runs/${run}`]) {
        const answer = await emulator.call(`/v1/tasks/groups/${group}${path}`, { key });
        expect([answer.status, answer.body]).toEqual([404, envelope('TaskGroup not found')]);
      }
      expect((await emulator.addRuns(group, rows(1), { key })).status).toBe(404);
      for (const path of ['', '/input', '/events'])
        expect((await emulator.call(`/v1/tasks/runs/${run}${path}`, { key })).body).toEqual(
          envelope('Run id not found'),
        );
      expect((await emulator.call(`/v1/tasks/runs/${run}/result`, { key })).body).toEqual(
        envelope('Run failed or run id'),
      );
    });
  });

  describe('validation', () => {
    const tooDeep = { type: 'json', json_schema: { type: 'array', items: { type: 'string' } } };
    it.each<[string, unknown, (string | number)[]]>([
      ['no inputs', {}, ['body', 'inputs']],
      ['no processor', { inputs: [{ input: 'x' }] }, ['body', 'inputs', 0, 'processor']],
      ['an input that is a number', { inputs: [{ input: 3, processor: 'lite' }] }, ['body', 'inputs', 0, 'input']],
      [
        'a long metadata key',
        { inputs: [{ ...rows(1)[0], metadata: { opportunity_row_id: 'x' } }] },
        ['body', 'inputs', 0, 'metadata', 'opportunity_row_id'],
      ],
      [
        'a long metadata value',
        { inputs: [{ ...rows(1)[0], metadata: { k: 'x'.repeat(513) } }] },
        ['body', 'inputs', 0, 'metadata', 'k'],
      ],
      ['1,001 inputs', { inputs: rows(1_001) }, ['body', 'inputs']],
      [
        '201 domains',
        { inputs: [{ ...rows(1)[0], source_policy: { include_domains: Array(201).fill('a.com') } }] },
        ['body', 'inputs', 0, 'source_policy'],
      ],
      [
        'a domain with a scheme',
        { inputs: [{ ...rows(1)[0], source_policy: { include_domains: ['https://a.com'] } }] },
        ['body', 'inputs', 0, 'source_policy', 'include_domains', 0],
      ],
      [
        '11 MCP servers',
        { inputs: [{ ...rows(1)[0], mcp_servers: Array(11).fill({ name: 'a', url: 'https://a.com' }) }] },
        ['body', 'inputs', 0, 'mcp_servers'],
      ],
      [
        'a bad memory scope',
        { inputs: [{ ...rows(1)[0], memory_scope_key: 'a b' }] },
        ['body', 'inputs', 0, 'memory_scope_key'],
      ],
      [
        'a bad default schema',
        { inputs: rows(1), default_task_spec: { output_schema: tooDeep } },
        ['body', 'default_task_spec', 'output_schema', 'json_schema'],
      ],
      [
        'a bad schema of its own',
        { inputs: [rows(1)[0], { ...rows(1)[0], task_spec: { output_schema: tooDeep } }] },
        ['body', 'inputs', 1, 'task_spec', 'output_schema', 'json_schema'],
      ],
      [
        'an unknown earlier interaction',
        { inputs: [{ ...rows(1)[0], previous_interaction_id: 'trun_x' }] },
        ['body', 'inputs', 0, 'previous_interaction_id'],
      ],
      [
        'spec and input too long',
        { inputs: [{ input: 'x'.repeat(25_000), processor: 'lite' }], default_task_spec: { output_schema: 'y' } },
        ['body', 'inputs', 0, 'input'],
      ],
    ])('refuses a batch with %s as a whole, with a list', async (_, body, loc) => {
      const group = await emulator.newGroup();
      const answer = await emulator.call(`/v1/tasks/groups/${group}/runs`, { body });
      expect(answer.status).toBe(422);
      expect(answer.body.detail).toContainEqual({ loc, msg: expect.any(String), type: expect.any(String) });
      expect((await emulator.call(`/v1/tasks/groups/${group}`)).body.status.num_task_runs).toBe(0);
    });

    it('wraps the complaints of run endpoints in the envelope', async () => {
      const answer = await emulator.call('/v1/tasks/runs', { body: { input: 'x' } });
      expect(answer.status).toBe(422);
      expect(answer.body).toEqual(envelope('Unprocessable content'));
      expect(answer.body.error.detail.errors[0].loc).toEqual(['body', 'processor']);
    });

    it('answers 422 to text that is no JSON', async () => {
      const answer = await emulator.call('/v1/tasks/groups', { method: 'POST', body: '{', key: 'key-one' });
      expect([answer.status, answer.body.detail[0].type]).toEqual([422, 'json_invalid']);
    });

    it('answers 403 to an unknown processor and takes -fast twins', async () => {
      const group = await emulator.newGroup();
      const refused = await emulator.addRuns(group, [{ input: 'x', processor: 'mega' }]);
      expect([refused.status, refused.body]).toEqual([403, envelope('invalid processor')]);
      expect((await emulator.addRuns(group, [{ input: 'x', processor: 'core-fast' }])).status).toBe(200);
    });

    it('takes a body of 32 MiB', async () => {
      const group = await emulator.newGroup();
      const padding = 'p'.repeat(32 * 1024 * 1024);
      const answer = await emulator.call(`/v1/tasks/groups/${group}/runs`, { body: { inputs: rows(1), padding } });
      expect(answer.status).toBe(200);
    });

    it('only warns of an input that does not follow its input schema', async () => {
      const input_schema = { json_schema: { type: 'object', required: ['country'] } };
      const body = {
        input: { land: 'France' },
        processor: 'lite',
        task_spec: { output_schema: 'Its capital', input_schema },
      };
      const answer = await emulator.call('/v1/tasks/runs', { body });
      expect(answer.status).toBe(202);
      expect(answer.body.warnings).toEqual([expect.objectContaining({ type: 'input_validation_warning' })]);
    });
  });

  describe('group streams', () => {
    it('frame each event as event, data and a blank line, with explicit nulls', async () => {
      const group = await emulator.newGroup();
      await emulator.addRuns(group, rows(1));
      const { text, contentType, events, names } = await emulator.stream(`/v1/tasks/groups/${group}/events`);
      expect(contentType).toContain('text/event-stream');
      expect(text).toMatch(/^(event: [a-z_.]+\ndata: \{[^\n]+\}\n\n)+$/);
      expect(names).toEqual(events.map((event) => event.type));
      const state = events.find((event) => event.type === 'task_run.state');
      expect(state).toMatchObject({ input: null, run: { error: null, warnings: null, taskgroup_id: group } });
    });

    it('resume after any event without gap or repeat', async () => {
      const group = await emulator.newGroup();
      await emulator.addRuns(group, rows(5));
      const whole = (await emulator.stream(`/v1/tasks/groups/${group}/events`)).events;
      const ids = whole.map((event) => event.event_id);
      expect(ids).toEqual(ids.toSorted());
      for (const [index, id] of ids.slice(0, -1).entries()) {
        const rest = (await emulator.stream(`/v1/tasks/groups/${group}/events?last_event_id=${id}`)).events;
        expect(rest).toEqual(whole.slice(index + 1));
      }
    });

    it('end with an inactive status, also for those who come too late or to an empty group', async () => {
      const group = await emulator.newGroup();
      const empty = (await emulator.stream(`/v1/tasks/groups/${group}/events`)).events;
      expect(empty).toEqual([
        expect.objectContaining({ type: 'task_group_status', status: expect.objectContaining({ is_active: false }) }),
      ]);
      await emulator.addRuns(group, rows(1));
      const last = (await emulator.stream(`/v1/tasks/groups/${group}/events`)).events.at(-1);
      const late = (await emulator.stream(`/v1/tasks/groups/${group}/events?last_event_id=${last.event_id}`)).events;
      expect(late).toEqual([last]);
    });

    it('give each batch the cursors just before it', async () => {
      const group = await emulator.newGroup();
      const first = (await emulator.addRuns(group, rows(2))).body;
      await emulator.stream(`/v1/tasks/groups/${group}/events`);
      const second = (await emulator.addRuns(group, rows(3, 2))).body;
      expect(first).toMatchObject({ run_cursor: null, event_cursor: null });
      const listed = await emulator.stream(`/v1/tasks/groups/${group}/runs?last_event_id=${second.run_cursor}`);
      expect(listed.events.map((event) => event.run.run_id)).toEqual(second.run_ids);
      const { events } = await emulator.stream(`/v1/tasks/groups/${group}/events?last_event_id=${second.event_cursor}`);
      const ended = events.filter((event) => event.type === 'task_run.state').map((event) => event.run.run_id);
      expect(ended.toSorted()).toEqual(second.run_ids.toSorted());
    });

    it('refuse the cursor of the other stream', async () => {
      const group = await emulator.newGroup();
      await emulator.addRuns(group, rows(1));
      const [event] = (await emulator.stream(`/v1/tasks/groups/${group}/runs`)).events;
      const answer = await emulator.call(`/v1/tasks/groups/${group}/events?last_event_id=${event.event_id}`);
      expect([answer.status, answer.body.detail[0].loc]).toEqual([422, ['query', 'last_event_id']]);
    });

    it('list runs whatever their status at once, filtered on request, with what was asked for', async () => {
      const group = await emulator.newGroup();
      await emulator.addRuns(group, rows(3));
      await emulator.stream(`/v1/tasks/groups/${group}/events`);
      await emulator.addRuns(group, [{ input: 'slow', processor: 'ultra8x' }]);
      const path = `/v1/tasks/groups/${group}/runs`;
      const all = (await emulator.stream(`${path}?include_input=true&include_output=true`)).events;
      expect(all.map((event) => event.output?.type ?? null)).toEqual(['json', 'json', 'json', null]);
      expect(all[0].input).toMatchObject({ input: { company: 'Company 0' }, processor: 'lite' });
      expect((await emulator.stream(path)).events.every((event) => event.input === null && event.output === null)).toBe(
        true,
      );
      expect((await emulator.stream(`${path}?status=completed`)).events).toHaveLength(3);
      expect((await emulator.call(`${path}?status=done`)).status).toBe(422);
    });

    it('close after the timeout asked for while runs are still active', async () => {
      const group = await emulator.newGroup();
      await emulator.addRuns(group, [{ input: 'slow', processor: 'ultra8x' }]);
      const { events, broken } = await emulator.stream(`/v1/tasks/groups/${group}/events?timeout=0.05`);
      expect(broken).toBe(false);
      expect(events.at(-1).status.is_active).toBe(true);
    });
  });

  describe('single runs', () => {
    it('are kept as they were accepted, without the headers of MCP servers', async () => {
      const task_spec = { output_schema: 'Its capital' };
      const mcp_servers = [{ name: 'a', url: 'https://a.example/mcp', headers: { authorization: 'secret' } }];
      const made = await emulator.call('/v1/tasks/runs', {
        body: { input: 'France', processor: 'lite', task_spec, mcp_servers },
      });
      expect(made.status).toBe(202);
      const { body } = await emulator.call(`/v1/tasks/runs/${made.body.run_id}/input`);
      expect(body.task_spec.output_schema).toEqual({ type: 'text', description: 'Its capital' });
      expect(JSON.stringify(body)).not.toContain('secret');
      const result = (await emulator.call(`/v1/tasks/runs/${made.body.run_id}/result`)).body;
      expect(result.output.mcp_tool_calls).toEqual([expect.objectContaining({ server_name: 'a' })]);
      expect(result.run).not.toHaveProperty('error');
    });

    it('answer 408 while active, 404 when failed', async () => {
      const slow = await emulator.call('/v1/tasks/runs', { body: { input: 'x', processor: 'ultra8x' } });
      const early = await emulator.call(`/v1/tasks/runs/${slow.body.run_id}/result?timeout=0`);
      expect([early.status, early.body]).toEqual([408, envelope('still active')]);
      await emulator.faults({ kind: 'end_runs', status: 'failed', message: 'no luck', times: 1 });
      const failing = await emulator.call('/v1/tasks/runs', { body: { input: 'x', processor: 'lite' } });
      const result = await emulator.call(`/v1/tasks/runs/${failing.body.run_id}/result`);
      expect([result.status, result.body]).toEqual([404, envelope('Run failed')]);
      const run = (await emulator.call(`/v1/tasks/runs/${failing.body.run_id}`)).body;
      expect(run).toMatchObject({ status: 'failed', error: { message: 'no luck' } });
    });

    it('can refer to a completed interaction of the same key', async () => {
      const first = await emulator.call('/v1/tasks/runs', { body: { input: 'x', processor: 'lite' } });
      await emulator.call(`/v1/tasks/runs/${first.body.run_id}/result`);
      const body = { input: 'y', processor: 'lite', previous_interaction_id: first.body.interaction_id };
      expect((await emulator.call('/v1/tasks/runs', { body })).status).toBe(202);
      expect((await emulator.call('/v1/tasks/runs', { body, key: 'key-two' })).status).toBe(422);
    });
  });

  it('suggests under /v1beta alone', async () => {
    const body = { user_intent: 'capital, area in km2 and founding year' };
    const task = await emulator.call('/v1beta/tasks/suggest', { body });
    expect(task.status).toBe(200);
    expect(Object.keys(task.body.output_schema.properties)).toEqual(['capital', 'area_in_km2', 'founding_year']);
    expect((await emulator.call('/v1/tasks/suggest', { body })).status).toBe(404);
    const choice = await emulator.call('/v1beta/tasks/suggest-processor', { body: { task_spec: task.body } });
    expect(choice.body).toEqual({ recommended_processors: expect.arrayContaining(['base']) });
    expect((await emulator.call('/v1beta/tasks/suggest', { body: {} })).body).toEqual(envelope('Unprocessable'));
  });

  it('works with curl', async () => {
    const curl = async (...args: string[]) =>
      (
        await promisify(execFile)('curl', [
          '-sN',
          '-H',
          'x-api-key: curl-key',
          '-H',
          'content-type: application/json',
          ...args,
        ])
      ).stdout;
    const groups = `${emulator.origin}/v1/tasks/groups`;
    const group = JSON.parse(await curl(groups, '-d', '{}')).taskgroup_id;
    const body = '{"inputs":[{"input":"France","processor":"lite"}],"default_task_spec":{"output_schema":"capital"}}';
    await curl(`${groups}/${group}/runs`, '-d', body);
    expect(await curl(`${groups}/${group}/events`)).toContain('Capital**: Paris');
  });
});
