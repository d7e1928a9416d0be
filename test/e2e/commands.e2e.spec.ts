import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEvent } from '@multitask/contracts';
import { connectNats, openJetStreamLog, type EventLog } from '@multitask/event-log';
import { freePort } from '@multitask/local-infrastructure';
import { createLogger } from '@multitask/platform';
import { eventually, startTestNats, type TestNats } from '@multitask/testing';
import { ledgerSummary } from './emulator.ledger';
import { startStandalone, type Standalone } from './standalone.process';
import { cityRows, createGroup, finished, readResult } from './task-group.client';
import { startWebhookSink, type WebhookSink } from './webhook.sink';

const hour = 3_600;
const rowsPerBatch = 20;
const quiet = createLogger('test', { level: 'silent', format: 'json' });

describe('commands of a group’s owner against the whole product', () => {
  let nats: TestNats;
  let connection: Awaited<ReturnType<typeof connectNats>>;
  let log: EventLog;
  let house: Standalone;
  let sink: WebhookSink;
  let folder: string;
  let clock: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'multitask-commands-'));
    clock = join(folder, 'clock');
    await writeFile(clock, '0');
    [nats, sink] = await Promise.all([startTestNats(), startWebhookSink()]);
    house = await startStandalone({
      emulatorPort: await freePort(),
      args: ['--allow-private-urls', '--emulator-speed', '300'],
      env: {
        NATS_URL: nats.url,
        MULTITASK_TEST_CLOCK: clock,
        INGEST_ROWS_PER_BATCH: String(rowsPerBatch),
        INGEST_SCAN_SECONDS: '0.5',
        EXPIRY_INTERVAL_MS: '300',
      },
    });
    connection = await connectNats({ servers: nats.url, name: 'test', logger: quiet });
    log = await openJetStreamLog(connection, { replicas: 1, logger: quiet });
  }, 300_000);
  afterAll(async () => {
    await house?.stop();
    await connection?.close();
    await nats?.stop();
    await sink?.close();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(() => faults());

  const faults = (...list: object[]) =>
    fetch(`${house.emulator}/_emulator/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ faults: list }),
    });
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(`${house.origin}/${path}`, {
      method,
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const ask = async (status: number, ...call: Parameters<typeof send>) => {
    const answer = await send(...call);
    const body = (await answer.json()) as Record<string, unknown>;
    expect({ status: answer.status, body }).toMatchObject({ status });
    return body;
  };
  const create = (rows: number, more: object = {}, headers = {}) =>
    createGroup(house.origin, { inputs: cityRows(rows), output_type: 'text', processor: 'lite', ...more }, headers);
  const bought = async (groupId: string) =>
    (await ledgerSummary(house.emulator, groupId)).runs_by_metadata.multitask_row ?? {};
  const eventsOf = async (groupId: string): Promise<RecordedEvent[]> => {
    const events: RecordedEvent[] = [];
    for await (const entry of log.readGroup(groupId)) if (entry.kind === 'event') events.push(entry.event);
    return events;
  };
  const told = (groupId: string, count: number) =>
    eventually(() => (sink.deliveriesFor(groupId).length >= count ? sink.deliveriesFor(groupId) : undefined), {
      timeoutMs: 60_000,
    });
  const blocked = (url: string, reason: string) =>
    eventually(
      async () => ((await readResult(url)).status as { blocked?: { reason: string } }).blocked?.reason === reason,
      { timeoutMs: 60_000 },
    );

  test('append: rows come behind the last one, each completion has a webhook of its own, and one can be had again', async () => {
    const { url, taskgroup_id: id } = await create(2, { webhook_url: sink.url });
    await finished(url);
    await told(id, 1);
    const inputs = [{ city: 'Late', number: 2 }];
    // The short form leads to the command; fetch repeats a request with its body at a 308.
    const appended = await ask(202, 'POST', `${id}/runs`, { inputs }, { 'idempotency-key': 'late' });
    expect(appended).toMatchObject({ generation: 2, num_inputs: 1, first_row: 2, url });
    expect((await readResult(url)).status).toMatchObject({ num_task_runs: 3, is_active: true });
    const result = await finished(url);
    expect(result.status.task_run_status_counts).toEqual({ completed: 3 });
    expect(result.results.map(({ city }) => city)).toEqual(['City 0', 'City 1', 'Late']);

    const path = `v1beta/tasks/multitask/${id}`;
    expect(await ask(202, 'POST', `${path}/runs`, { inputs }, { 'idempotency-key': 'late' })).toEqual(appended);
    expect(await bought(id)).toEqual({ '0.1': 1, '1.1': 1, '2.1': 1 });

    const deliveries = await told(id, 2);
    expect(deliveries.map((each) => each.id)).toEqual([`${id}.1`, `${id}.2`]);
    expect(deliveries.every(({ groupWasDone }) => groupWasDone)).toBe(true);
    await eventually(async () => {
      const page = await ask(200, 'GET', `${path}/webhook`);
      expect(JSON.stringify(page)).not.toMatch(/hidden|hook\?/);
      return (
        JSON.stringify((page.deliveries as { state: string }[]).map(({ state }) => state)) ===
        '["delivered","delivered"]'
      );
    });
    expect(await ask(202, 'POST', `v1/tasks/multitask/${id}/webhook/redeliver`, { generation: 1 })).toMatchObject({
      webhook_id: `${id}.1`,
    });
    const again = (await told(id, 3))[2]!;
    expect(again).toMatchObject({ id: `${id}.1`, body: deliveries[0]!.body });
  });

  test('retry: a failed row runs again and shows both runs; a row that completed does not', async () => {
    await faults({ kind: 'end_runs', status: 'failed', message: 'no luck', times: 1 });
    const { url, taskgroup_id: id } = await create(3);
    const failed = await finished(url);
    expect(failed.status.task_run_status_counts).toEqual({ completed: 2, failed: 1 });
    const row = failed.results.findIndex(({ $status }) => $status === 'failed');
    expect(await ask(202, 'POST', `v1beta/tasks/multitask/${id}/retry`)).toMatchObject({ rows: [row], generation: 2 });
    const result = await finished(url);
    expect(result.status.task_run_status_counts).toEqual({ completed: 3 });
    expect(result.results[row]!.$id).not.toBe(failed.results[row]!.$id);
    expect(result.runs[row]).toMatchObject({
      run_id: result.results[row]!.$id,
      status: 'completed',
      previous: [{ run_id: failed.results[row]!.$id, status: 'failed' }],
    });
    expect(await bought(id)).toEqual({ '0.1': 1, '1.1': 1, '2.1': 1, [`${row}.2`]: 1 });
    expect(await ask(409, 'POST', `v1beta/tasks/multitask/${id}/retry`)).toMatchObject({ code: 'nothing_to_do' });
  });

  test('cancel half-way: what is not bought never is, and can be retried later', async () => {
    await faults({ kind: 'respond', status: 429, skip: 1, match: { endpoint: 'add_runs' } });
    const { url, taskgroup_id: id } = await create(3 * rowsPerBatch);
    await eventually(async () => {
      const events = await eventsOf(id);
      return (
        events.filter(({ name }) => name === 'RunsRequested').length > 1 &&
        events.some(({ name }) => name === 'RunsAdded')
      );
    });
    const answer = await ask(200, 'POST', `v1beta/tasks/multitask/${id}/cancel`);
    expect(answer.cancelled).toBe(2 * rowsPerBatch);
    expect(Number(answer.going_on) + Number(answer.settled)).toBe(rowsPerBatch);
    await faults();
    const result = await finished(url);
    expect(result.status.task_run_status_counts).toEqual({ completed: rowsPerBatch, cancelled: 2 * rowsPerBatch });
    expect(Object.keys(await bought(id))).toHaveLength(rowsPerBatch);

    const last = 3 * rowsPerBatch - 1;
    await ask(202, 'POST', `v1beta/tasks/multitask/${id}/retry`, { rows: [last] });
    expect((await finished(url)).results[last]!.$status).toBe('completed');
    expect(Object.keys(await bought(id)).sort()).toContain(`${last}.2`);
    expect(Object.keys(await bought(id))).toHaveLength(rowsPerBatch + 1);
  });

  test('delete: 410 at once, everywhere, and the log is purged', async () => {
    const { url, taskgroup_id: id } = await create(2);
    await finished(url);
    expect(await ask(200, 'DELETE', id)).toMatchObject({ deleted: true });
    for (const tail of ['.json', '.md', '.sse', '/status']) expect((await fetch(`${url}${tail}`)).status).toBe(410);
    await ask(410, 'POST', `v1beta/tasks/multitask/${id}/retry`);
    await ask(410, 'GET', `v1beta/tasks/multitask/${id}/events`);
    await eventually(async () => (await eventsOf(id)).map(({ name }) => name).join() === 'GroupExpired');
  });

  test('a foreign key is refused, whatever it asks for', async () => {
    const { taskgroup_id: id } = await create(1, {}, { 'x-api-key': 'mine' });
    const foreign = { 'x-api-key': 'theirs' };
    for (const [method, tail] of [
      ['POST', '/runs'],
      ['POST', '/retry'],
      ['POST', '/cancel'],
      ['DELETE', ''],
      ['GET', '/events'],
    ] as const)
      expect(await ask(403, method, `v1beta/tasks/multitask/${id}${tail}`, undefined, foreign)).toMatchObject({
        code: 'not_owner',
      });
    await ask(200, 'GET', `v1beta/tasks/multitask/${id}/events`, undefined, { authorization: 'Bearer mine' });
  });

  test.each([
    [402, 'credit', ['add_runs']],
    [401, 'key_refused', ['add_runs', 'group_events', 'list_runs']],
  ])('blocked by %i: goes on at once when the owner presents a key again', async (status, reason, endpoint) => {
    await faults({ kind: 'respond', status, match: { endpoint } });
    const { url, taskgroup_id: id } = await create(2);
    await blocked(url, reason);
    await faults();
    expect(await ask(202, 'POST', `v1beta/tasks/multitask/${id}/retry`, {})).toMatchObject({ num_rows: 0 });
    expect((await finished(url, 20_000)).status.task_run_status_counts).toEqual({ completed: 2 });
    expect(await bought(id)).toEqual({ '0.1': 1, '1.1': 1 });
  });

  test('given up after 72 hours: the rows say why, and the webhook tells', async () => {
    await faults({ kind: 'respond', status: 402, message: 'no money', match: { endpoint: 'add_runs' } });
    const { url, taskgroup_id: id } = await create(2, { webhook_url: sink.url });
    await blocked(url, 'credit');
    await writeFile(clock, String(73 * hour));
    const result = await finished(url, 20_000);
    expect(result.status.task_run_status_counts).toEqual({ rejected: 2 });
    expect(JSON.stringify(result.runs[0])).toContain('no money');
    expect((await told(id, 1))[0]).toMatchObject({ id: `${id}.1`, groupWasDone: true });
    await writeFile(clock, '0');
  });

  test('no group outlives its time to live and 33 days more, though its runs never end', async () => {
    await faults({ kind: 'stall_runs', seconds: 80_000 });
    const { url, taskgroup_id: id } = await create(1, { ttl_days: 1 });
    await eventually(async () => (await eventsOf(id)).some(({ name }) => name === 'RunsAdded'));
    await writeFile(clock, String((33 + 1) * 24 * hour + 60));
    await eventually(async () => (await fetch(`${url}.json`)).status === 410, { timeoutMs: 60_000 });
    await eventually(async () => {
      const events = await eventsOf(id);
      return events.length === 1 && events[0]!.name === 'GroupExpired' && events[0]!.data.reason === 'lifetime';
    });
  });
});
