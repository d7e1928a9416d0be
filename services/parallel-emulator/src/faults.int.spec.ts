import { setTimeout as pause } from 'node:timers/promises';
import { launchEmulator, rows, type LaunchedEmulator } from './testing/launched-emulator';

describe('faults', () => {
  let emulator: LaunchedEmulator;
  let group: string;
  const path = (rest = '') => `/v1/tasks/groups/${group}${rest}`;
  const count = async () => (await emulator.call(path())).body.status.num_task_runs;
  const events = async (query = '') => emulator.stream(path(`/events${query}`));
  const finished = async () => {
    while ((await events()).events.at(-1)?.status?.is_active !== false);
  };

  beforeAll(async () => {
    emulator = await launchEmulator();
  });
  beforeEach(async () => {
    group = await emulator.newGroup();
  });
  afterEach(() => emulator.faults());
  afterAll(() => emulator.close());

  describe('on requests', () => {
    it.each([401, 402, 403, 422, 429, 500, 502, 503])('answer %i for as often as asked', async (status) => {
      await emulator.faults({ kind: 'respond', status, times: 1, match: { group } });
      const refused = await emulator.call(path());
      expect([refused.status, refused.body.type]).toEqual([status, 'error']);
      expect((await emulator.call(path())).status).toBe(200);
    });

    it('answer 429 with and without Retry-After, and as a proxy would', async () => {
      await emulator.faults(
        { kind: 'respond', status: 429, times: 1, retry_after: 7 },
        { kind: 'respond', status: 429, times: 1 },
        { kind: 'respond', status: 502, times: 1, body: 'html', headers: { 'retry-after-ms': '50' } },
        { kind: 'respond', status: 422, times: 1, body: 'fastapi' },
        { kind: 'respond', status: 500, times: 1, body: 'empty' },
      );
      const answers = [];
      for (let i = 0; i < 5; i++) answers.push(await emulator.call(path()));
      expect(answers.map(({ headers }) => headers.get('retry-after'))).toEqual(['7', null, null, null, null]);
      expect(answers[2]!.headers.get('retry-after-ms')).toBe('50');
      expect(answers[2]!.body).toContain('<h1>502</h1>');
      expect(answers[3]!.body.detail).toHaveLength(1);
      expect(answers[4]!).toMatchObject({ status: 500, body: '' });
    });

    it('answer 200 with what is no answer, having accepted or not', async () => {
      await emulator.faults(
        { kind: 'respond', status: 200, times: 1, body: 'garbage', when: 'after', match: { endpoint: 'add_runs' } },
        { kind: 'respond', status: 200, times: 1, body: 'html', match: { endpoint: 'get_group' } },
        { kind: 'respond', status: 200, times: 1, body: 'empty', match: { endpoint: 'list_runs' } },
      );
      const unreadable = await emulator.send(path('/runs'), { body: { inputs: rows(2) } });
      expect(unreadable.status).toBe(200);
      await expect(unreadable.json()).rejects.toThrow();
      expect((await emulator.call(path())).body).toContain('<h1>200</h1>');
      expect(await (await emulator.send(path('/runs'))).text()).toBe('');
      expect(await count()).toBe(2);
    });

    it('drop the answer to a batch that was accepted', async () => {
      await emulator.faults({ kind: 'reset', when: 'after', times: 1, match: { endpoint: 'add_runs' } });
      await expect(emulator.addRuns(group, rows(2))).rejects.toThrow();
      expect(await count()).toBe(2);
      const { body } = await emulator.call(`/_emulator/ledger?group=${group}&kind=request`);
      expect(body.entries.find((entry: any) => entry.endpoint === 'add_runs').status).toBeNull();
    });

    it('reset a connection before anything happened', async () => {
      await emulator.faults({ kind: 'reset', times: 1, match: { endpoint: 'add_runs' } });
      await expect(emulator.addRuns(group, rows(2))).rejects.toThrow();
      expect(await count()).toBe(0);
    });

    it('answer with an error after accepting', async () => {
      await emulator.faults({ kind: 'respond', status: 500, when: 'after', times: 1, match: { endpoint: 'add_runs' } });
      expect((await emulator.addRuns(group, rows(2))).status).toBe(500);
      expect(await count()).toBe(2);
    });

    it('accept, and then delay the answer', async () => {
      await emulator.faults({ kind: 'delay', seconds: 2, when: 'after', times: 1, match: { endpoint: 'add_runs' } });
      const answer = emulator.addRuns(group, rows(2));
      const first = await Promise.race([answer.then(() => 'answer'), visible(2).then(() => 'runs')]);
      expect(first).toBe('runs');
      expect((await answer).status).toBe(200);
    });

    it('delay before anything happens', async () => {
      await emulator.faults({ kind: 'delay', seconds: 0.2, times: 1, match: { endpoint: 'add_runs' } });
      const began = performance.now();
      await emulator.addRuns(group, rows(1));
      expect(performance.now() - began).toBeGreaterThan(190);
    });

    it.each([
      ['before', 0],
      ['after', 1],
    ] as const)('hold an answer for as long as they are there (%s)', async (when, acceptedMeanwhile) => {
      const hold = { kind: 'hold', when, match: { endpoint: 'add_runs' } };
      await emulator.faults(hold);
      let answered = false;
      const answer = emulator.addRuns(group, rows(1)).finally(() => (answered = true));
      const held = async () => (await emulator.call('/_emulator/faults')).body.faults[0].applied === 1;
      while (!(await held()));
      // Whoever is held stays so when faults come and go beside it.
      await emulator.call('/_emulator/faults', { method: 'POST', body: { faults: [{ kind: 'reset', times: 1 }] } });
      await expect(emulator.call(path())).rejects.toThrow();
      expect(await count()).toBe(acceptedMeanwhile);
      expect(answered).toBe(false);
      await emulator.faults();
      expect((await answer).status).toBe(200);
      expect(await count()).toBe(1);
    });

    it.each(['before', 'after'] as const)('never answer, having accepted or not (%s)', async (when) => {
      await emulator.faults({ kind: 'hang', when, times: 1, match: { endpoint: 'add_runs' } });
      const leaving = new AbortController();
      const body = JSON.stringify({ inputs: rows(1) });
      const headers = { 'x-api-key': 'key-one', 'content-type': 'application/json' };
      const { signal } = leaving;
      const hanging = fetch(emulator.origin + path('/runs'), { method: 'POST', body, headers, signal });
      hanging.catch(() => undefined);
      while ((await emulator.call('/_emulator/faults')).body.faults[0].applied === 0);
      expect(await Promise.race([hanging, pause(300, 'nothing')])).toBe('nothing');
      leaving.abort();
      await expect(hanging).rejects.toThrow('abort');
      expect(await count()).toBe(when === 'after' ? 1 : 0);
    });

    it('hit a rate of requests of one key', async () => {
      await emulator.faults({ kind: 'respond', status: 503, rate: 0.5, match: { key: 'key-one', path: '/v1/*' } });
      const statuses = [];
      for (let i = 0; i < 40; i++) statuses.push((await emulator.call(path())).status);
      expect(new Set(statuses)).toEqual(new Set([200, 503]));
      expect((await emulator.call(path(), { key: 'key-two' })).status).toBe(404);
    });
  });

  describe('on batches and runs', () => {
    it('show the runs of an accepted batch only later', async () => {
      await emulator.faults({ kind: 'hide_runs', seconds: 3_600, times: 1 });
      const { body } = await emulator.addRuns(group, rows(2));
      expect(body.run_ids).toHaveLength(2);
      expect(body.status).toMatchObject({ num_task_runs: 0, is_active: false });
      expect((await emulator.stream(path('/runs'))).events).toEqual([]);
      await emulator.call('/_emulator/clock', { method: 'PUT', body: { advance_seconds: 3_600 } });
      await visible(2);
      const listed = (await emulator.stream(path('/runs'))).events.map((event) => event.run.run_id);
      expect(listed.toSorted()).toEqual(body.run_ids.toSorted());
    });

    it('accept some rows of a batch only', async () => {
      await emulator.faults({ kind: 'accept_partially', accept: 2, times: 1 });
      const { body } = await emulator.addRuns(group, rows(5));
      expect(body.run_ids).toHaveLength(2);
      expect(await count()).toBe(2);
    });

    it('let foreign runs appear', async () => {
      await emulator.faults({ kind: 'foreign_runs', count: 2, metadata: { k: '0' }, times: 1 });
      const { body } = await emulator.addRuns(group, rows(1));
      expect(body.run_ids).toHaveLength(1);
      await visible(3);
      const summary = (await emulator.call(`/_emulator/ledger/summary?group=${group}`)).body;
      expect(summary.runs_by_metadata).toEqual({ k: { '0': 3 } });
    });

    it('answer with run ids in another order', async () => {
      await emulator.faults({ kind: 'shuffle_run_ids', times: 1 });
      const { body } = await emulator.addRuns(group, rows(50));
      const listed = (await emulator.stream(path('/runs'))).events.map((event) => event.run.run_id);
      expect(body.run_ids).not.toEqual(listed);
      expect(body.run_ids.toSorted()).toEqual(listed.toSorted());
    });

    it.each(['failed', 'cancelled', 'action_required'])('end runs as %s', async (status) => {
      await emulator.faults({ kind: 'end_runs', status, times: 2 });
      await emulator.addRuns(group, rows(3));
      const last = (await events()).events.at(-1).status;
      expect(last).toMatchObject({ is_active: false, task_run_status_counts: { [status]: 2, completed: 1 } });
    });

    it('hold runs back until the clock is moved', async () => {
      await emulator.faults({ kind: 'stall_runs', seconds: 1_000, times: 1 });
      await emulator.addRuns(group, rows(1));
      expect((await events('?timeout=0.3')).events.at(-1).status.is_active).toBe(true);
      await emulator.call('/_emulator/clock', { method: 'PUT', body: { advance_seconds: 1_000 } });
      expect((await events()).events.at(-1).status.is_active).toBe(false);
    });

    it('make large answers', async () => {
      await emulator.faults({ kind: 'large_output', bytes: 2_000_000, times: 1 });
      await emulator.addRuns(group, rows(1));
      const state = (await events()).events.find((event) => event.type === 'task_run.state');
      expect(JSON.stringify(state.output).length).toBeGreaterThan(2_000_000);
    });
  });

  describe('on streams', () => {
    it('end a stream cleanly, in the middle of a frame, or with a reset', async () => {
      await emulator.addRuns(group, rows(3));
      await finished();
      const whole = await events();
      await emulator.faults({ kind: 'cut_stream', after_frames: 2, times: 1 });
      expect((await events()).events).toEqual(whole.events.slice(0, 2));
      await emulator.faults({ kind: 'cut_stream', after_frames: 2, how: 'mid_frame', times: 1 });
      const cut = await events();
      expect(cut).toMatchObject({ events: whole.events.slice(0, 2), broken: false });
      expect(cut.text.endsWith('\n\n')).toBe(false);
      await emulator.faults({ kind: 'cut_stream', after_frames: 1, how: 'mid_frame_reset', times: 1 });
      expect((await events()).broken).toBe(true);
      await emulator.faults({ kind: 'cut_stream', how: 'reset', times: 1 });
      expect((await events()).broken).toBe(true);
    });

    it('end a stream in the middle of a character', async () => {
      await emulator.addRuns(group, rows(1));
      await emulator.faults({ kind: 'cut_stream', how: 'mid_character', times: 1 });
      const response = await emulator.send(path('/events'));
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(bytes.at(-1)).toBe(0xc3);
      expect(bytes.toString('utf8').endsWith('\ufffd')).toBe(true);
    });

    it('cut a stream that waits, as soon as the fault is there', async () => {
      await emulator.addRuns(group, [{ input: 'slow', processor: 'ultra8x' }]);
      const open = events();
      await streams(1);
      await emulator.faults({ kind: 'cut_stream', how: 'reset', times: 1, match: { group } });
      expect((await open).broken).toBe(true);
    });

    it('leave a stream half open', async () => {
      await emulator.addRuns(group, rows(2));
      await finished();
      await emulator.faults({ kind: 'stall_stream', after_frames: 1, times: 1 });
      const leave = new AbortController();
      const response = await fetch(emulator.origin + path('/events'), {
        headers: { 'x-api-key': 'key-one' },
        signal: leave.signal,
      });
      const reader = response.body!.getReader();
      await reader.read();
      let silent = true;
      void reader.read().then(
        () => (silent = false),
        () => undefined,
      );
      // By the time another reader has had everything, this one has still had a single frame.
      expect((await events()).events.length).toBeGreaterThan(1);
      expect(silent).toBe(true);
      leave.abort();
      await streams(0);
    });

    it('send an error event in the middle, and close or go on', async () => {
      await emulator.addRuns(group, rows(2));
      await finished();
      await emulator.faults({ kind: 'error_event', after_frames: 1, message: 'oops', times: 1 });
      const closed = (await events()).events;
      expect(closed).toHaveLength(2);
      expect(closed[1]).toEqual({
        type: 'error',
        error: { ref_id: expect.any(String), message: 'oops', detail: null },
      });
      await emulator.faults({ kind: 'error_event', after_frames: 1, afterwards: 'continue', times: 1 });
      const types = (await events()).names;
      expect(types.slice(2)).toContain('task_run.state');
    });

    it('omit ends of runs from /events, but not from /runs', async () => {
      await emulator.faults({ kind: 'omit_state' });
      await emulator.addRuns(group, rows(2));
      expect(new Set((await events()).names)).toEqual(new Set(['task_group_status']));
      expect((await emulator.stream(path('/runs'))).events).toHaveLength(2);
    });

    it('omit outputs where asked', async () => {
      await emulator.addRuns(group, rows(1));
      await finished();
      await emulator.faults({ kind: 'omit_output', match: { endpoint: 'group_events' } });
      expect((await events()).events.find((event) => event.type === 'task_run.state').output).toBeNull();
      const [listed] = (await emulator.stream(path('/runs?include_output=true'))).events;
      expect(listed.output).toMatchObject({ type: 'json' });
    });

    it('repeat and delay frames', async () => {
      await emulator.addRuns(group, rows(1));
      await finished();
      const once = (await events()).events;
      await emulator.faults({ kind: 'repeat_frames' }, { kind: 'delay_frames', seconds: 0.05 });
      const began = performance.now();
      expect((await events()).events).toEqual(once.flatMap((event) => [event, event]));
      expect(performance.now() - began).toBeGreaterThan(50 * once.length - 10);
    });

    it('frame with CRLF, ids and pings, in pieces of three bytes', async () => {
      await emulator.addRuns(group, rows(1));
      await finished();
      const plain = (await events()).events;
      await emulator.faults({ kind: 'framing', crlf: true, id_lines: true, split_bytes: 3 });
      const { text, events: framed } = await events();
      expect(framed).toEqual(plain);
      expect(text).toMatch(/^(event: .+\r\nid: e\d+\r\ndata: .+\r\n\r\n)+$/);
      await emulator.faults({ kind: 'framing', pings_every_seconds: 0.02 });
      await emulator.addRuns(group, [{ input: 'slow', processor: 'ultra8x' }]);
      expect((await events('?timeout=0.2')).text).toContain(': ping\n\n');
    });

    it('add unknown events and fields, and change what null looks like', async () => {
      await emulator.addRuns(group, rows(1));
      await finished();
      const plain = (await events()).names;
      await emulator.faults({ kind: 'unknown_events' }, { kind: 'unknown_fields' });
      const odd = await events();
      expect(odd.names.filter((name) => name !== 'emulator.unknown')).toEqual(plain);
      expect(odd.names).toContain('emulator.unknown');
      const state = odd.events.find((event) => event.type === 'task_run.state');
      expect(state.run).toHaveProperty('x_emulator_unknown');
      expect(Object.keys(state.output.content)).toEqual(['output']);
      await emulator.faults({ kind: 'nulls', as: 'absent' });
      const absent = (await emulator.stream(path('/runs'))).events[0];
      expect(absent).not.toHaveProperty('output');
      expect(absent.run).not.toHaveProperty('error');
      expect((await emulator.call(path())).body).not.toHaveProperty('metadata');
      await emulator.faults({ kind: 'nulls', as: 'explicit' });
      const result = (await emulator.call(`/v1/tasks/runs/${absent.run.run_id}/result`)).body;
      expect(result.run).toMatchObject({ error: null, warnings: null });
    });
  });

  describe('on lists of runs', () => {
    const listed = async () => (await emulator.stream(path('/runs'))).events.map(({ run }) => run.metadata.k);

    it('leave out what was accepted of late, though counts and events know it', async () => {
      await emulator.faults({ kind: 'lag_list', seconds: 30 });
      await emulator.addRuns(group, rows(2));
      expect(await listed()).toEqual([]);
      expect(await count()).toBe(2);
      await emulator.call('/_emulator/clock', { method: 'PUT', body: { advance_seconds: 31 } });
      expect(await listed()).toEqual(['0', '1']);
    });

    it('leave out what is active', async () => {
      await emulator.faults({ kind: 'stall_runs', seconds: 600, times: 1 }, { kind: 'hide_active' });
      await emulator.addRuns(group, rows(2));
      while ((await listed()).length === 0) await pause(5);
      expect(await listed()).toEqual(['1']);
    });

    it.each(['pings', 'repeats'])('never end, with %s', async (how) => {
      await emulator.faults({ kind: 'endless_list', how, times: 1 });
      await emulator.addRuns(group, rows(1));
      const answer = await emulator.send(path('/runs'));
      const decoder = new TextDecoder();
      let text = '';
      for await (const chunk of answer.body!) {
        text += decoder.decode(chunk, { stream: true });
        if (text.split(how === 'pings' ? ': ping' : 'task_run.state"').length > 4) break;
      }
      expect(text.match(/trun_[0-9a-f]{32}/g)!.length).toBeGreaterThan(0);
      expect(await listed()).toEqual(['0']);
    });
  });

  it('are listed with what they did, added and removed one by one', async () => {
    await emulator.faults({ kind: 'reset', times: 1, match: { endpoint: 'suggest' } });
    const added = await emulator.call('/_emulator/faults', { body: { faults: [{ kind: 'omit_state' }] } });
    const [first, second] = added.body.faults;
    expect(first).toMatchObject({ met: 0, applied: 0, fault: { kind: 'reset', when: 'before', rate: 1 } });
    const left = await emulator.call(`/_emulator/faults/${first.id}`, { method: 'DELETE' });
    expect(left.body.faults).toEqual([second]);
    expect((await emulator.call(`/_emulator/faults/${first.id}`, { method: 'DELETE' })).status).toBe(404);
    expect((await emulator.call('/_emulator/faults', { method: 'DELETE' })).body).toEqual({ faults: [] });
    const wrong = await emulator.call('/_emulator/faults', { method: 'PUT', body: { faults: [{ kind: 'flood' }] } });
    expect(wrong.status).toBe(422);
  });

  /** Waits until so many runs are listed. */
  async function visible(runs: number): Promise<void> {
    while ((await count()) < runs) await pause(5);
  }

  /** Waits until so many streams of the group are open. */
  async function streams(open: number): Promise<void> {
    const summary = async () => (await emulator.call(`/_emulator/ledger/summary?group=${group}`)).body.streams;
    while ((await summary()).open !== open) await pause(5);
  }
});
