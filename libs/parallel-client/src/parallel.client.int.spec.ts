import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parallelEmulator } from '@multitask/parallel-emulator';
import { startService, type RunningService } from '@multitask/platform';
import type { GroupFrame } from './group.frame';
import { MemoryPacer } from './pacing/memory.pacer';
import { defaultBudgets } from './pacing/pacer';
import type { ParallelClient } from './parallel.client';
import type { SseOptions } from './sse.reader';
import { Upstream } from './upstream';
import type { UpstreamError, UpstreamStreamError } from './upstream.error';

let emulator: RunningService;
let origin: string;
let open: Upstream[] = [];
beforeAll(async () => {
  emulator = await startService(
    parallelEmulator,
    { LOG_LEVEL: 'silent', EMULATOR_SPEED: '2000' },
    { processMetrics: false },
  );
  origin = `http://127.0.0.1:${emulator.port}`;
});
afterAll(() => emulator.close());
afterEach(async () => {
  await faults();
  for (const upstream of open) await upstream.close();
  open = [];
});

function connect(baseUrl = origin, sse: Partial<SseOptions> = {}): ParallelClient {
  const budgets = { ...defaultBudgets, reads: { perMinute: 60_000, burst: 100 } };
  const upstream = new Upstream({ baseUrl, pacer: new MemoryPacer(budgets), sse, readTimeoutMs: 5_000 });
  open.push(upstream);
  return upstream.clientFor({ reveal: () => 'canary-key' });
}

async function faults(...list: object[]): Promise<void> {
  const body = JSON.stringify({ faults: list });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${origin}/_emulator/faults`, { method: 'PUT', body, headers });
  if (!answer.ok) throw new Error(await answer.text());
}

const inputs = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    input: `Question ${i}`,
    processor: 'lite',
    metadata: { multitask_row: `${i}.1` },
  }));

const buy = (client: ParallelClient, groupId: string, count = 2, abortAfterMs = 5_000) =>
  client.addRuns(groupId, { inputs: inputs(count), abortAfterMs });

const boughtIn = async (client: ParallelClient, groupId: string) => (await client.getGroup(groupId)).num_task_runs;

describe('a purchase', () => {
  it.each<[string, object, object, number]>([
    [
      'answered with an error after it was taken',
      { kind: 'respond', status: 502, body: 'html', when: 'after' },
      { kind: 'unclear' },
      2,
    ],
    ['whose answer is lost', { kind: 'reset', when: 'after' }, { kind: 'unclear' }, 2],
    ['that is lost on its way', { kind: 'reset' }, { kind: 'unclear' }, 0],
    ['that is never answered', { kind: 'hang', when: 'after' }, { kind: 'unclear', reason: 'no answer in time' }, 2],
    ['answered with 503', { kind: 'respond', status: 503 }, { kind: 'unclear' }, 0],
    ['answered with 408', { kind: 'respond', status: 408 }, { kind: 'unclear' }, 0],
    [
      'answered with 429',
      { kind: 'respond', status: 429, retry_after: 3 },
      { kind: 'refused', status: 429, retryAfter: 3 },
      0,
    ],
    [
      'answered with 402',
      { kind: 'respond', status: 402, message: 'no money' },
      { kind: 'refused', status: 402, message: 'no money' },
      0,
    ],
    [
      'answered in the validator’s form',
      { kind: 'respond', status: 422, body: 'fastapi', message: 'bad' },
      { kind: 'refused', status: 422, message: 'body: bad', loc: ['body'] },
      0,
    ],
  ])('%s: one request, and an outcome that says what is known', async (_, fault, outcome, bought) => {
    const client = connect();
    const { taskgroupId } = await client.createGroup();
    await faults({ ...fault, match: { endpoint: 'add_runs' } });
    expect(await buy(client, taskgroupId, 2, 700)).toMatchObject(outcome);
    await faults();
    expect(await boughtIn(client, taskgroupId)).toBe(bought);
    const answer = await fetch(`${origin}/_emulator/ledger/summary?group=${taskgroupId}`);
    const ledger = (await answer.json()) as { requests: Record<string, number> };
    expect(ledger.requests.add_runs).toBe(1);
  });

  it('without a connection was certainly not sent', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const outcome = await buy(connect(`http://127.0.0.1:${port}`), `tgrp_${'0'.repeat(32)}`);
    expect(outcome).toEqual({ kind: 'unsent', reason: 'no connection to Parallel' });
  });

  it('with a schema the upstream refuses says so with its place', async () => {
    const client = connect();
    const { taskgroupId } = await client.createGroup();
    const outcome = await client.addRuns(taskgroupId, {
      inputs: inputs(1),
      defaultTaskSpec: { output_schema: { type: 'json', json_schema: { type: 'array' } } },
      abortAfterMs: 5_000,
    });
    expect(outcome).toMatchObject({ kind: 'refused', status: 422, loc: expect.arrayContaining(['default_task_spec']) });
  });
});

describe('an event stream', () => {
  async function group(client: ParallelClient, count = 2) {
    const { taskgroupId } = await client.createGroup();
    expect(await buy(client, taskgroupId, count)).toMatchObject({ kind: 'added' });
    return taskgroupId;
  }

  async function read(stream: AsyncIterable<GroupFrame>) {
    const frames: GroupFrame[] = [];
    try {
      for await (const frame of stream) frames.push(frame);
      return { frames, end: 'clean' };
    } catch (error) {
      return { frames, end: (error as UpstreamStreamError).reason ?? (error as UpstreamError).kind };
    }
  }

  const completed = (frames: readonly GroupFrame[]) =>
    frames.filter((frame) => frame.kind === 'run' && frame.run.status === 'completed' && frame.output).length;

  it.each<[string, object]>([
    ['CRLF, pings and ids', { kind: 'framing', crlf: true, pings_every_seconds: 0.01, id_lines: true }],
    ['three bytes at a time', { kind: 'framing', split_bytes: 3 }],
    ['unknown events in between', { kind: 'unknown_events' }],
    ['unknown fields', { kind: 'unknown_fields' }],
    ['explicit nulls', { kind: 'nulls', as: 'explicit' }],
    ['absent nulls', { kind: 'nulls', as: 'absent' }],
    ['repeated frames', { kind: 'repeat_frames', copies: 2 }],
  ])('with %s tells the same', async (_, fault) => {
    await faults(fault);
    const client = connect();
    const groupId = await group(client);
    const { frames, end } = await read(client.groupEvents(groupId));
    expect(end).toBe('clean');
    const runs = new Set(frames.flatMap((frame) => (frame.kind === 'run' && frame.output ? [frame.run.run_id] : [])));
    expect(runs.size).toBe(2);
    expect(frames.filter((frame) => frame.kind === 'other' && !frame.wellFormed)).toEqual([]);
  });

  it.each(['clean', 'mid_frame', 'mid_character', 'reset', 'mid_frame_reset'])(
    'cut (%s) is resumed where it was, without a gap',
    async (how) => {
      const client = connect();
      const groupId = await group(client, 3);
      await faults({ kind: 'cut_stream', after_frames: 2, how, times: 1, match: { endpoint: 'group_events' } });
      const first = await read(client.groupEvents(groupId));
      // A reset may overtake what was sent just before it.
      expect(first.frames.length).toBeLessThanOrEqual(2);
      if (!how.endsWith('reset')) expect(first.frames).toHaveLength(2);
      expect(first.end).toBe({ clean: 'clean', mid_frame: 'cut', mid_character: 'cut' }[how] ?? 'reset');
      const rest = await read(client.groupEvents(groupId, { cursor: first.frames.at(-1)?.cursor }));
      expect(rest.end).toBe('clean');
      expect(completed([...first.frames, ...rest.frames])).toBe(3);
    },
  );

  it('half open is given up after the silence that was set', async () => {
    const client = connect(origin, { idleWithoutHeartbeatMs: 200 });
    const groupId = await group(client);
    await faults({ kind: 'stall_stream', match: { endpoint: 'group_events' } });
    expect(await read(client.groupEvents(groupId))).toEqual({ frames: [], end: 'idle' });
  });

  it('with an error event ends there', async () => {
    const client = connect();
    const groupId = await group(client);
    await faults({
      kind: 'error_event',
      after_frames: 1,
      afterwards: 'continue',
      times: 1,
      match: { endpoint: 'group_events' },
    });
    const { frames, end } = await read(client.groupEvents(groupId));
    expect([frames.length, end]).toEqual([1, 'error_event']);
  });

  it('is refused with the same words as a question', async () => {
    await faults({ kind: 'respond', status: 429, retry_after: 9, match: { endpoint: 'group_events' } });
    const failure = connect()
      .groupEvents(`tgrp_${'0'.repeat(32)}`)
      .next();
    await expect(failure).rejects.toMatchObject({ kind: 'rate_limited', details: { retryAfter: 9 } });
  });

  it('ends at once when its signal aborts, and leaves no connection', async () => {
    const client = connect();
    const groupId = await group(client);
    await faults({ kind: 'stall_stream', match: { endpoint: 'group_events' } });
    const leaving = new AbortController();
    const reading = client.groupEvents(groupId, { signal: leaving.signal }).next();
    setImmediate(() => leaving.abort(new Error('left')));
    await expect(reading).rejects.toThrow('left');
  });
});

describe('a redirect', () => {
  it('is never followed: the key stays with the upstream it was given for', async () => {
    let elsewhere = 0;
    const other = createServer((_, response) => (elsewhere++, response.end('{}')));
    const server = createServer((request, response) => {
      const { port } = other.address() as AddressInfo;
      response.writeHead(307, { location: `http://localhost:${port}${request.url}` }).end();
    });
    for (const each of [other, server]) await new Promise<void>((done) => each.listen(0, '127.0.0.1', done));
    try {
      const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const groupId = `tgrp_${'0'.repeat(32)}`;
      const answers = await Promise.allSettled([
        client.createGroup(),
        client.getGroup(groupId),
        client.suggest('words'),
        client.groupEvents(groupId).next(),
        client.listRuns(groupId).next(),
      ]);
      for (const answer of answers) expect(answer).toMatchObject({ reason: { kind: 'unavailable' } });
      expect(await buy(client, groupId)).toMatchObject({ kind: 'unclear' });
      expect(elsewhere).toBe(0);
    } finally {
      for (const each of [other, server]) await new Promise((done) => each.close(done));
    }
  });
});

describe('questions', () => {
  it('are paced, making a group as well', async () => {
    const reserved: string[] = [];
    const pacer = {
      reserve: (_: string, budget: string, amount: number) => {
        reserved.push(`${amount} ${budget}`);
        return Promise.resolve(0);
      },
    };
    const upstream = new Upstream({ baseUrl: origin, pacer });
    open.push(upstream);
    const client = upstream.clientFor({ reveal: () => 'canary-key' });
    const { taskgroupId } = await client.createGroup();
    expect(reserved).toEqual(['1 reads']);
    await client.getGroup(taskgroupId);
    expect(reserved).toEqual(['1 reads', '1 reads']);
  });
});

describe('an answer that is none', () => {
  let server: Server;
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  async function answering(status: number, body: string, type = 'application/json') {
    server = createServer((_, response) => response.writeHead(status, { 'content-type': type }).end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  it('of a purchase leaves it unclear', async () => {
    const client = await answering(200, '<html>welcome</html>', 'text/html');
    expect(await buy(client, 'tgrp_x')).toMatchObject({ kind: 'unclear' });
  });

  it('of a question is said to be not understood', async () => {
    const client = await answering(200, '{"nothing":1}');
    await expect(client.getGroup('tgrp_x')).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('never repeats the key', async () => {
    const client = await answering(401, JSON.stringify({ error: { message: 'canary-key is not a key' } }));
    const error = await client.createGroup().catch((failure: Error) => failure);
    expect((error as Error).message).toBe('[key] is not a key');
  });
});
