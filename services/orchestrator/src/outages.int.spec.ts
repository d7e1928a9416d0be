import { eventually } from '@multitask/testing';
import { openLine } from './testing/cut.line';
import { feedOf } from './testing/feed.reader';
import { openHouse, tripleOf, type House, type Replica } from './testing/orchestrator.house';

let house: House;
let line: Awaited<ReturnType<typeof openLine>>;
let replica: Replica;
beforeAll(async () => {
  house = await openHouse();
  line = await openLine(house.database.url);
  replica = await house.start({ DATABASE_URL: line.url });
});
afterAll(async () => {
  await house?.close();
  await line?.close();
});

const probe = async (path: string, of = replica) =>
  (await fetch(`http://127.0.0.1:${of.service.opsPort}/${path}`)).status;
const ready = (status: number, of = replica) => eventually(async () => (await probe('readyz', of)) === status);

/** A run of three tasks, the first of which a worker holds. */
async function runUnderWay() {
  const { run } = await replica.call('create_run', {});
  const tasks = [{ kind: run.id, key: 'a' }, { kind: run.id, dependsOnKeys: ['a'] }, { kind: run.id }];
  await replica.call('enqueue_tasks', { runId: run.id, tasks });
  await replica.call('seal_run', { runId: run.id });
  const claim = async () => (await replica.call('claim_next_task', { workerId: 'w', kinds: [run.id] })).claim;
  return { runId: run.id as string, claim, held: await claim() };
}

/** Everything that is left to do, and then what the feed says of it. */
async function workedOff({ runId, claim, held }: Awaited<ReturnType<typeof runUnderWay>>) {
  for (let next = held; next; next = await claim())
    await replica.call('complete_task', { ...tripleOf(next), clientToken: next.lease.id });
  return eventually(async () => {
    const told = await feedOf(house.nats.url, runId);
    const isOver = ({ type, data }: (typeof told)[number]) =>
      type === 'run.status.changed' && (data as { to?: string } | null)?.to === 'completed';
    if (!told.some(isOver)) throw new Error(`${told.length} events so far`);
    return told;
  });
}

it('while Postgres is away every call is told so, and afterwards everything goes on where it was', async () => {
  const under = await runUnderWay();
  const waiting = replica.post('wait_run', { runId: under.runId, cursor: 1_000_000, timeoutMs: 50_000 });
  line.cut();
  await ready(503);
  expect(await probe('livez')).toBe(200);
  const completion = { ...tripleOf(under.held), clientToken: under.held.lease.id };
  for (const [operation, input] of [
    ['complete_task', completion],
    ['get_run', { runId: under.runId }],
    ['claim_next_task', { workerId: 'w', waitMs: 1_000 }],
  ] as const) {
    const { status, body, headers } = await replica.post(operation, input);
    expect([operation, status, body.code, Number(headers.get('retry-after')) > 0]).toEqual([
      operation,
      ...[503, 'not_ready', true],
    ]);
    expect(JSON.stringify(body)).not.toMatch(/ECONN|postgres|terminat|socket/i);
  }
  expect([200, 503]).toContain((await waiting).status);
  line.mend();
  await ready(200);
  const told = await workedOff(under);
  expect(told.map(({ number }) => number)).toEqual(told.map((_, i) => i + 1));
  expect(told.filter(({ type }) => type === 'task.completed')).toHaveLength(3);
});

it('while NATS is away work goes on, and afterwards the feed has all of it', async () => {
  await house.nats.kill();
  const under = await runUnderWay();
  await replica.call('complete_task', tripleOf(under.held));
  await ready(503);
  expect(await probe('livez')).toBe(200);
  await house.nats.restart();
  await ready(200);
  const told = await workedOff({ ...under, held: await under.claim() });
  expect(told.map(({ number }) => number)).toEqual(told.map((_, i) => i + 1));
  expect(told.filter(({ type }) => type === 'task.completed')).toHaveLength(3);
});

it('a token that asks too often is told when to come again, and others are served', async () => {
  const slow = await house.start({ ORCHESTRATION_REQUESTS_PER_MINUTE: '6' });
  await ready(200, slow);
  const first = await slow.post('list_runs', {}, 'red');
  const second = await slow.post('list_runs', {}, 'red');
  expect([first.status, second.status, second.body.code]).toEqual([200, 429, 'rate_limited']);
  expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await slow.post('list_runs', {}, 'blue')).status).toBe(200);
});
