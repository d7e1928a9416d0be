import { freePort } from '@multitask/local-infrastructure';
import { eventually } from '@multitask/testing';
import { createParser } from 'eventsource-parser';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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
      env: {
        EMULATOR_GROUP_CONCURRENCY: '8',
        INGEST_ROWS_PER_BATCH: '20',
        // How many groups are made while services restart depends on the machine; none of them may have to wait for its turn.
        PACE_RUNS_PER_MINUTE: '600000',
        PACE_READS_PER_MINUTE: '600000',
      },
    });
  }, 300_000);
  afterAll(() => house?.stop());

  /** Where a process answers requests and probes; it writes that into its log. */
  async function startedOf(name: string): Promise<{ origin: string; operations: string }> {
    const lines = (await readFile(join(house.dataDir, 'logs', `${name}.log`), 'utf8')).trim().split('\n');
    const told = lines.map((line) => JSON.parse(line) as { msg: string; port?: number; opsPort?: number });
    const { port, opsPort } = told.findLast(({ msg }) => msg === 'started')!;
    return { origin: `http://127.0.0.1:${port}`, operations: `http://127.0.0.1:${opsPort}` };
  }
  async function metricOf(name: string, metric: string): Promise<number> {
    const text = await (await fetch(`${(await startedOf(name)).operations}/metrics`)).text();
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
    // The door gives turns, but passes over a replica that was slow to say that it is ready.
    const served = after.map((count, i) => count - before[i]!);
    expect(served[0]! + served[1]!).toBeGreaterThanOrEqual(connections);
    expect(Math.min(...served)).toBeGreaterThan(0);
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
    const asked: Record<string, number> = { result: 0, status: 0, create: 0 };
    const keepAsking = async (what: string, ask: () => Promise<Response>) => {
      for (; going; asked[what]!++) {
        const answer = await ask().catch((error: Error) => ({ ok: false, status: error.message }));
        if (!answer.ok) failures.push(`${what}: ${answer.status}`);
        // Each answer is awaited, but without a pause three such askers are all the work a small machine can do.
        await sleep(50);
      }
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
      { timeoutMs: 60_000 },
    );
    const result = await finished(url);
    await eventually(() => Math.min(...Object.values(asked)) > 5);
    going = false;
    await Promise.all(asking);
    expect(failures).toEqual([]);
    expect(result.status.task_run_status_counts).toEqual({ completed: 60 });
    expect(purchases(await ledgerSummary(house.emulator, taskgroup_id))).toEqual(new Array(60).fill(1));
  });

  it('a create whose gateway is killed is one group when it is repeated, at the other replica', async () => {
    const gateways = ['api-gateway', 'api-gateway.2'];
    for (const name of gateways)
      await eventually(async () => (await fetch(`${(await startedOf(name)).operations}/readyz`)).ok, {
        timeoutMs: 60_000,
      });
    await faults({ kind: 'hold', match: { endpoint: 'create_group' } });
    const made = async () => (await ledgerSummary(house.emulator, '')).requests.create_group ?? 0;
    const before = await made();
    const ask = (origin: string, key: string) => createGroup(origin, order(2), { 'idempotency-key': key });
    // Each replica itself is asked for one of them, so that it is known who has what when one is killed.
    const calls: Promise<{ taskgroup_id: string } | 'cut'>[] = [];
    for (const [i, name] of gateways.entries()) {
      calls.push(ask((await startedOf(name)).origin, `create ${i}`).catch(() => 'cut' as const));
      await eventually(async () => (await made()) - before === i + 1);
    }
    process.kill((await pidsOf(house.dataDir))['api-gateway']!, 'SIGKILL');
    expect(await calls[0]).toBe('cut');
    await faults();
    const survivor = await calls[1]!;
    const repeated = await Promise.all(
      [0, 1].map((i) => eventually(() => ask(house.origin, `create ${i}`), { timeoutMs: 60_000, intervalMs: 200 })),
    );
    expect(survivor).toMatchObject({ taskgroup_id: repeated[1]!.taskgroup_id });
    expect(repeated[0]!.taskgroup_id).not.toBe(repeated[1]!.taskgroup_id);
    for (const { taskgroup_id } of repeated) {
      // Its own URL names the replica that was asked first.
      expect((await finished(`${house.origin}/${taskgroup_id}`)).status.task_run_status_counts).toEqual({
        completed: 2,
      });
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
