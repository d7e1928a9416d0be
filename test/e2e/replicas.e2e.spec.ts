import { freePort } from '@multitask/local-infrastructure';
import { eventually } from '@multitask/testing';
import { createParser } from 'eventsource-parser';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ledgerSummary, purchases } from './emulator.ledger';
import { startStandalone, type Standalone } from './standalone.process';
import { pidsOf } from './start.process';
import { cityRows, citySchema, createGroup, finished, readResult } from './task-group.client';

/** A local start takes the longer the more processes it has: the chaos runs double the others too. */
const replicated = ['api-gateway', 'results-gateway', 'stream-ingestor'];

const order = (rows: number) => ({
  inputs: cityRows(rows),
  output_type: 'json',
  output_schema: citySchema,
  processor: 'lite',
});

/** Reads a group's stream until `enough` says so, and then leaves; answers the ids it was given. */
async function readUntil(url: string, after: string | undefined, enough: (event: string, ids: string[]) => boolean) {
  const leaving = new AbortController();
  const headers = after === undefined ? undefined : { 'last-event-id': after };
  const answer = await fetch(`${url}.sse`, { headers, signal: leaving.signal });
  const ids: string[] = [];
  const events: string[] = [];
  const parser = createParser({
    onEvent: ({ event = '', id }) => {
      if (leaving.signal.aborted) return;
      events.push(event);
      if (id !== undefined) ids.push(id);
      if (enough(event, ids)) leaving.abort();
    },
  });
  const decoder = new TextDecoder();
  try {
    if (answer.body) for await (const chunk of answer.body) parser.feed(decoder.decode(chunk, { stream: true }));
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
  }
  return { status: answer.status, ids, events };
}

describe('two of a service behind one front door', () => {
  let house: Standalone;
  beforeAll(async () => {
    house = await startStandalone({
      emulatorPort: await freePort(),
      args: [...replicated.flatMap((service) => ['--replicas', `${service}=2`]), '--emulator-speed', '40'],
      env: { EMULATOR_GROUP_CONCURRENCY: '8', INGEST_ROWS_PER_BATCH: '20' },
    });
  }, 180_000);
  afterAll(() => house?.stop());

  /** Where a process answers probes; it writes that into its log. */
  async function operationsOf(name: string): Promise<string> {
    const lines = (await readFile(join(house.dataDir, 'logs', `${name}.log`), 'utf8')).trim().split('\n');
    const started = lines.map((line) => JSON.parse(line) as { msg: string; opsPort?: number });
    const { opsPort } = started.findLast(({ msg }) => msg === 'started')!;
    return `http://127.0.0.1:${opsPort}`;
  }
  async function metricOf(name: string, metric: string): Promise<number> {
    const text = await (await fetch(`${await operationsOf(name)}/metrics`)).text();
    const values = text.split('\n').filter((line) => line.startsWith(metric));
    return values.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }
  const streamsOf = (name: string) => metricOf(name, 'multitask_stream_first_byte_seconds_count');
  const faults = (...list: object[]) =>
    fetch(`${house.emulator}/_emulator/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ faults: list }),
    });

  it('a reader goes on at the other replica, also from the middle of a snapshot, without gap or repeat', async () => {
    const { url } = await createGroup(house.origin, order(60));
    const steady = readUntil(url, undefined, () => false);
    const before = [await streamsOf('results-gateway'), await streamsOf('results-gateway.2')];
    // Cut within its first snapshot, it knows nothing and is told everything anew.
    const cut = await readUntil(url, undefined, (event) => event === 'rows');
    expect(cut.ids).toEqual([]);
    const told: string[] = [];
    let connections = 1;
    for (let last: string[] = []; !last.includes('closed'); connections++) {
      const { status, ids, events } = await readUntil(url, told.at(-1), (_, seen) => seen.length >= 8);
      expect(status).toBe(200);
      told.push(...ids);
      last = events;
    }
    const { ids: all } = await steady;
    const place = (id: string) => Number(id.split('-').at(-1));
    const [snapshot, ...live] = told;
    expect(live).toEqual(all.filter((id) => place(id) > place(snapshot!)));
    expect(connections).toBeGreaterThan(3);
    const after = [await streamsOf('results-gateway'), await streamsOf('results-gateway.2')];
    // One reader alone, and the door gives turns: every other connection.
    const served = after.map((count, i) => count - before[i]!);
    expect(served[0]! + served[1]!).toBeGreaterThanOrEqual(connections);
    expect(Math.min(...served)).toBeGreaterThanOrEqual(Math.floor(connections / 2) - 1);
  });

  it('any replica waits for a result, and takes an owner’s commands on a group that another one created', async () => {
    const waiting = [1, 2].map(() => createAndWait(house.origin));
    for (const results of await Promise.all(waiting)) expect(results).toEqual(['completed']);
    const { url, taskgroup_id } = await createGroup(house.origin, order(1));
    for (const generation of [2, 3]) {
      await finished(url);
      const answer = await fetch(`${house.origin}/v1beta/tasks/multitask/${taskgroup_id}/runs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ inputs: [{ city: `City ${generation}`, number: generation }] }),
      });
      expect(answer.ok).toBe(true);
    }
    const result = await eventually(async () => {
      const found = await readResult(url);
      return found.results.length === 3 && !found.status.is_active && found;
    });
    expect(result && result.status.task_run_status_counts).toEqual({ completed: 3 });
  });

  it('nobody notices that one of each is told to stop', async () => {
    const { url, taskgroup_id } = await createGroup(house.origin, order(60));
    let going = true;
    const failures: string[] = [];
    const keepAsking = async (what: string, ask: () => Promise<Response>) => {
      let asked = 0;
      for (; going; asked++) {
        const answer = await ask().catch((error: Error) => ({ ok: false, status: error.message }));
        if (!answer.ok) failures.push(`${what}: ${answer.status}`);
      }
      return asked;
    };
    const create = () =>
      fetch(`${house.origin}/v1beta/tasks/multitask`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(order(1)),
      });
    const asking = [
      keepAsking('result', () => fetch(`${url}.json`)),
      keepAsking('status', () => fetch(`${url}/status`)),
      keepAsking('create', create),
    ];
    const before = await pidsOf(house.dataDir);
    for (const name of replicated) process.kill(before[name]!, 'SIGTERM');
    await eventually(
      async () => {
        const now = await pidsOf(house.dataDir);
        return replicated.every((name) => now[name] && now[name] !== before[name]);
      },
      { timeoutMs: 20_000 },
    );
    const result = await finished(url);
    going = false;
    const asked = await Promise.all(asking);
    expect(failures).toEqual([]);
    expect(Math.min(...asked)).toBeGreaterThan(5);
    expect(result.status.task_run_status_counts).toEqual({ completed: 60 });
    expect(purchases(await ledgerSummary(house.emulator, taskgroup_id))).toEqual(new Array(60).fill(1));
  });

  it('a create whose gateway is killed is one group when it is repeated, at the other replica', async () => {
    for (const name of ['api-gateway', 'api-gateway.2'])
      await eventually(async () => (await fetch(`${await operationsOf(name)}/readyz`)).ok, { timeoutMs: 30_000 });
    await faults({ kind: 'delay', seconds: 2, times: 2, match: { endpoint: 'create_group' } });
    const made = async () => (await ledgerSummary(house.emulator, '')).requests.create_group ?? 0;
    const before = await made();
    const ask = (key: string) => createGroup(house.origin, order(2), { 'idempotency-key': key });
    // One after the other, so that each replica has one of them in its hands.
    const calls = ['one', 'two'].map((key) => ask(key).catch((error: Error) => error));
    await eventually(async () => (await made()) - before === 2);
    process.kill((await pidsOf(house.dataDir))['api-gateway']!, 'SIGKILL');
    const answers = await Promise.all(calls);
    expect(answers.filter((answer) => answer instanceof Error)).toHaveLength(1);
    const repeated = await Promise.all(
      ['one', 'two'].map((key) => eventually(() => ask(key), { timeoutMs: 60_000, intervalMs: 200 })),
    );
    for (const [i, answer] of answers.entries())
      if (!(answer instanceof Error)) expect(repeated[i]!.taskgroup_id).toBe(answer.taskgroup_id);
    expect(new Set(repeated.map(({ taskgroup_id }) => taskgroup_id)).size).toBe(2);
    for (const { url, taskgroup_id } of repeated) {
      expect((await finished(url)).status.task_run_status_counts).toEqual({ completed: 2 });
      expect(purchases(await ledgerSummary(house.emulator, taskgroup_id))).toEqual([1, 1]);
    }
    // The killed call may leave an empty group there, and no more than that.
    expect((await made()) - before).toBeLessThanOrEqual(3);
  });
});

async function createAndWait(origin: string): Promise<string[]> {
  const answer = await fetch(`${origin}/v1beta/tasks/multitask`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', prefer: 'wait=30' },
    body: JSON.stringify(order(1)),
  });
  expect(answer.status).toBe(201);
  const { results } = (await answer.json()) as { results: { $status: string }[] };
  return results.map(({ $status }) => $status);
}
