import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchEmulator, rows, type LaunchedEmulator } from './testing/launched-emulator';

const open: LaunchedEmulator[] = [];
const launch = async (env?: Record<string, string>) => {
  const emulator = await launchEmulator(env);
  open.push(emulator);
  return emulator;
};
afterEach(async () => {
  for (const emulator of open.splice(0)) await emulator.close();
});

describe('the ledger', () => {
  it('tells every request, run and event of a group, page by page', async () => {
    const emulator = await launch();
    const group = await emulator.newGroup();
    await emulator.newGroup('key-two');
    await emulator.addRuns(group, rows(3));
    const { events } = await emulator.stream(`/v1/tasks/groups/${group}/events`);

    const all = (await emulator.call(`/_emulator/ledger?group=${group}`)).body;
    expect(all.next).toBeNull();
    expect(all.entries.map((entry: any) => entry.group)).toEqual(all.entries.map(() => group));
    const emitted = all.entries.filter((entry: any) => entry.kind === 'event').map((entry: any) => entry.event_id);
    expect(emitted).toEqual(events.map((event) => event.event_id));
    const stream = all.entries.find((entry: any) => entry.endpoint === 'group_events');
    expect(stream).toMatchObject({
      method: 'GET',
      status: 200,
      stream: true,
      frames: events.length,
      key: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
    expect(Date.parse(stream.closed_at)).toBeGreaterThanOrEqual(Date.parse(stream.at));

    const pages = [];
    for (let since: number | null = 0; since !== null;) {
      const page: any = (await emulator.call(`/_emulator/ledger?group=${group}&limit=4&since=${since}`)).body;
      pages.push(...page.entries);
      since = page.next;
    }
    expect(pages).toEqual(all.entries);
    const later = (await emulator.call(`/_emulator/ledger?since=2999-01-01T00:00:00Z`)).body;
    expect(later.entries).toEqual([]);
  });

  it('sums up requests, streams and runs per row', async () => {
    const emulator = await launch();
    const group = await emulator.newGroup();
    await emulator.addRuns(group, [...rows(2), ...rows(1)]);
    await emulator.stream(`/v1/tasks/groups/${group}/events`);
    expect((await emulator.call(`/_emulator/ledger/summary?group=${group}`)).body).toMatchObject({
      requests: { create_group: 1, add_runs: 1, group_events: 1 },
      streams: { opened: 1, open: 0, max_concurrent: 1 },
      runs: 3,
      runs_by_metadata: { k: { '0': 2, '1': 1 } },
    });
  });

  it('is not served when the control API is off', async () => {
    const emulator = await launch({ EMULATOR_CONTROL: 'off' });
    expect((await emulator.call('/_emulator/ledger')).status).toBe(404);
  });
});

describe('a restart', () => {
  it('loses nothing and goes on with unfinished runs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'emulator-'));
    const env = { EMULATOR_DATA_FILE: join(folder, 'data', 'emulator.sqlite') };
    const first = await launch(env);
    const group = await first.newGroup();
    await first.addRuns(group, rows(2));
    const early = await first.stream(`/v1/tasks/groups/${group}/events`);
    await first.faults({ kind: 'stall_runs', seconds: 500, times: 1 });
    await first.addRuns(group, rows(1, 2));
    await first.call('/_emulator/clock', { method: 'PUT', body: { offset_seconds: 90 } });
    await first.close();

    const second = await launch(env);
    expect((await second.call('/_emulator/clock')).body.offset_seconds).toBe(90);
    expect((await second.call(`/v1/tasks/groups/${group}`)).body.status).toMatchObject({
      num_task_runs: 3,
      is_active: true,
    });
    await second.call('/_emulator/clock', { method: 'PUT', body: { advance_seconds: 500 } });
    const late = await second.stream(`/v1/tasks/groups/${group}/events`);
    expect(late.events.slice(0, early.events.length)).toEqual(early.events);
    expect(late.events.at(-1).status.task_run_status_counts).toEqual({ completed: 3 });
    const summary = (await second.call(`/_emulator/ledger/summary?group=${group}`)).body;
    expect(summary).toMatchObject({ runs: 3, requests: { create_group: 1, add_runs: 2 } });
    await rm(folder, { recursive: true });
  });

  it('answers the same to the same inputs under the same seed', async () => {
    const outputs = async (env?: Record<string, string>) => {
      const emulator = await launch({ EMULATOR_FAILING_RATE: '0.3', ...env });
      const group = await emulator.newGroup();
      await emulator.addRuns(group, rows(20));
      await emulator.stream(`/v1/tasks/groups/${group}/events`);
      const { events } = await emulator.stream(`/v1/tasks/groups/${group}/runs?include_output=true`);
      return events.map(({ run, output }) => ({ status: run.status, output }));
    };
    const first = await outputs();
    expect(await outputs()).toEqual(first);
    expect(await outputs({ EMULATOR_SEED: 'other' })).not.toEqual(first);
    expect(new Set(first.map(({ status }) => status))).toEqual(new Set(['completed', 'failed']));
  });
});

describe('accounts', () => {
  it('run into their quota, with Retry-After when that is on, until a minute has passed', async () => {
    const emulator = await launch({
      EMULATOR_QUOTAS: 'on',
      EMULATOR_RUNS_PER_MINUTE: '10',
      EMULATOR_RETRY_AFTER: 'on',
    });
    const group = await emulator.newGroup();
    expect((await emulator.addRuns(group, rows(10))).status).toBe(200);
    const refused = await emulator.addRuns(group, rows(1));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
    await emulator.call('/_emulator/clock', { method: 'PUT', body: { advance_seconds: 61 } });
    expect((await emulator.addRuns(group, rows(1))).status).toBe(200);
  });

  it.each(['failed', 'cancelled', 'action_required'])(
    'get the reservation of a run that ended %s back',
    async (status) => {
      // Enough for three runs of lite at half a cent each.
      const emulator = await launch({ EMULATOR_CREDIT_USD: '0.015' });
      const group = await emulator.newGroup();
      await emulator.faults({ kind: 'end_runs', status });
      expect((await emulator.addRuns(group, rows(3))).status).toBe(200);
      await emulator.stream(`/v1/tasks/groups/${group}/events`);
      await emulator.faults();
      expect((await emulator.addRuns(group, rows(3, 3))).status).toBe(200);
      expect((await emulator.addRuns(group, rows(1, 6))).status).toBe(402);
    },
  );

  it('reserve the price of a whole batch and are billed for completed runs only', async () => {
    const emulator = await launch();
    const account = await emulator.call('/_emulator/accounts', {
      method: 'PUT',
      body: { key: 'key-one', credit_usd: 0.015 },
    });
    expect(account.body).toMatchObject({ credit_usd: 0.015, reserved_usd: 0 });
    const group = await emulator.newGroup();
    const refused = await emulator.addRuns(group, rows(4));
    expect([refused.status, refused.body.error.message]).toEqual([402, expect.stringContaining('insufficient credit')]);
    await emulator.faults({ kind: 'end_runs', status: 'failed', times: 1 });
    expect((await emulator.addRuns(group, rows(3))).status).toBe(200);
    expect((await emulator.addRuns(group, rows(1))).status).toBe(402);
    await emulator.stream(`/v1/tasks/groups/${group}/events`);
    const after = (await emulator.call(`/_emulator/accounts/${account.body.key}`)).body;
    expect(after.credit_usd).toBeCloseTo(0.005);
    expect(after.reserved_usd).toBeCloseTo(0);
  });
});

describe('webhooks of runs', () => {
  it('are signed, tell the run, and are repeated under the same id until they are taken', async () => {
    const received: { headers: IncomingHttpHeaders; body: string }[] = [];
    let notify = () => {};
    const receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        received.push({ headers: request.headers, body });
        response.writeHead(received.length === 1 ? 500 : 204).end();
        notify();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const arrivals = (count: number) =>
      new Promise<void>((resolve) => {
        notify = () => received.length >= count && resolve();
        notify();
      });
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    const emulator = await launch();
    const webhook = { url, event_types: ['task_run.status'] };
    const made = await emulator.call('/v1/tasks/runs', { body: { input: 'x', processor: 'lite', webhook } });
    await arrivals(1);
    while ((await emulator.call('/_emulator/ledger?kind=webhook')).body.entries.length === 0);
    await emulator.call('/_emulator/clock', { method: 'PUT', body: { advance_seconds: 5 } });
    await arrivals(2);
    receiver.close();

    const [first, second] = received;
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    expect(JSON.parse(second!.body)).toMatchObject({
      type: 'task_run.status',
      data: { run_id: made.body.run_id, status: 'completed' },
    });
    const signed = `${second!.headers['webhook-id']}.${second!.headers['webhook-timestamp']}.${second!.body}`;
    const key = Buffer.from('cGFyYWxsZWwtZW11bGF0b3ItZGV2LXNlY3JldA==', 'base64');
    const signature = createHmac('sha256', key).update(signed).digest('base64');
    expect(second!.headers['webhook-signature']).toBe(`v1,${signature}`);
  });
});

describe('capacity', () => {
  it('spreads 200 rows over visible time at the default speed', async () => {
    const emulator = await launch({ EMULATOR_SPEED: '60' });
    const group = await emulator.newGroup();
    await emulator.addRuns(group, rows(200));
    const { events } = await emulator.stream(`/v1/tasks/groups/${group}/events`);
    const ends = events
      .filter((event) => event.type === 'task_run.state')
      .map((event) => Date.parse(event.run.modified_at));
    const seconds = (Math.max(...ends) - Math.min(...ends)) / 1_000;
    expect(ends).toHaveLength(200);
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(15);
    // Not in one burst: every fifth of the time sees some of them end.
    const fifth = (at: number) => Math.min(4, Math.floor(((at - Math.min(...ends)) / (seconds * 1_000)) * 5));
    expect(new Set(ends.map(fifth)).size).toBe(5);
  });

  it('serves hundreds of streams of one group, each complete', async () => {
    const emulator = await launch();
    const group = await emulator.newGroup();
    const streams = [];
    await emulator.addRuns(group, rows(100));
    for (let i = 0; i < 300; i++) streams.push(emulator.stream(`/v1/tasks/groups/${group}/events`));
    const read = await Promise.all(streams);
    const ids = read.map(({ events }) => events.map((event) => event.event_id).join());
    expect(new Set(ids).size).toBe(1);
  });
});
