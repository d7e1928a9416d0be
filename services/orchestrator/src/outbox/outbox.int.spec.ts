import { Client } from 'pg';
import { eventually } from '@multitask/testing';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { feedOf } from '../testing/feed.reader';
import { openHouse, tripleOf, type House, type Replica } from '../testing/orchestrator.house';
import { Feed } from './feed';
import { Outbox } from './outbox';

let house: House;
let one: Replica;
let two: Replica;
let database: Client;
let nats: NatsConnection;
beforeAll(async () => {
  house = await openHouse();
  [one, two] = [await house.start(), await house.start()];
  database = new Client({ connectionString: house.database.url });
  await database.connect();
  nats = await connect({ servers: house.nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
});
afterAll(async () => {
  await nats?.close();
  await database?.end();
  await house?.close();
});

const open = () => Outbox.open(house.database.url, 'test');
const feed = () => new Feed(nats, { replicas: 1, maxBytes: 64 * 1024 * 1024 });
const told = async (runId: string, count: number) =>
  eventually(async () => {
    const events = await feedOf(house.nats.url, runId);
    if (events.length < count) throw new Error(`${events.length} of ${count}`);
    return events;
  });
const numbersOf = (events: readonly { number: number }[]) => events.map(({ number }) => number);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

/** Another connection takes the lock, as another replica would; the replicas' own relays wait until it is closed. */
async function takeOver(): Promise<Outbox> {
  const mine = await open();
  await eventually(async () => {
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'orchestrator-relay'`,
    );
    return mine.lead();
  });
  return mine;
}

/** An event of a run as a transaction under way writes it. */
const write = (client: Client, runId: string, type: string) =>
  client.query(`insert into orchestration.events (run_id, type, at, data) values ($1, $2, now(), '{}') returning id`, [
    runId,
    type,
  ]);

it('what happens to runs is told in its order, numbered, and once, whichever replica it happened at', async () => {
  const work = async (replica: Replica) => {
    const { run } = await replica.call('create_run', { context: { a: 1 } }, 'red');
    const tasks = Array.from({ length: 4 }, () => ({ kind: run.id }));
    await replica.call('enqueue_tasks', { runId: run.id, tasks }, 'red');
    await Promise.all(
      [one, two].map(async (at) => {
        const { claims } = await at.call('claim_tasks', { workerId: 'w', kinds: [run.id], limit: 2 }, 'red');
        for (const claim of claims) await at.call('complete_task', tripleOf(claim), 'red');
      }),
    );
    await replica.call('seal_run', { runId: run.id }, 'red');
    return run.id as string;
  };
  for (const runId of await Promise.all([work(one), work(two), work(one)])) {
    const { events } = await one.call('list_run_events', { runId, limit: 1_000 }, 'red');
    const published = await told(runId, events.length);
    expect(numbersOf(published)).toEqual(upTo(events.length));
    expect(published.map(({ id }) => id).sort((a, b) => a - b)).toEqual(events.map(({ id }: any) => id));
    expect(published[0]).toMatchObject({ type: 'run.created', namespace: 'red', runId, data: { namespace: 'red' } });
    expect(published.at(-1)!.type).toMatch(/run\./);
  }
});

it('an event that is committed after one with a higher id comes after it, and is not left out', async () => {
  const { run } = await one.call('create_run', {});
  await told(run.id, 1);
  const slow = new Client({ connectionString: house.database.url });
  await slow.connect();
  await slow.query('begin');
  await write(slow, run.id, 'run.sealed');
  await one.call('enqueue_task', { runId: run.id, kind: 'quick' });
  expect((await told(run.id, 2)).map(({ type }) => type)).toEqual(['run.created', 'task.enqueued']);
  await slow.query('commit');
  await slow.end();
  const all = await told(run.id, 3);
  expect(all.map(({ type }) => type)).toEqual(['run.created', 'task.enqueued', 'run.sealed']);
  expect(numbersOf(all)).toEqual([1, 2, 3]);
  expect(all[2]!.id).toBeLessThan(all[1]!.id);
});

it('a relay that dies between publishing and noting it costs no event, no order and no number', async () => {
  const dying = await takeOver();
  const slow = new Client({ connectionString: house.database.url });
  await slow.connect();
  await slow.query('begin');
  await write(slow, 'dying', 'task.enqueued');
  for (const type of ['run.created', 'run.sealed', 'run.cancelled']) await write(database, 'dying', type);
  const events = await dying.next(2);
  expect(events.map(({ type, number }) => [type, number])).toEqual([
    ['run.created', 1],
    ['run.sealed', 2],
  ]);
  for (const event of events) await feed().publish(event);
  // With the lower id, and committed between the publishing and what should have followed it.
  await slow.query('commit');
  await slow.end();
  await dying.close();
  const all = await told('dying', 4);
  expect(all.map(({ type, number }) => [type, number])).toEqual([
    ['run.created', 1],
    ['run.sealed', 2],
    ['task.enqueued', 3],
    ['run.cancelled', 4],
  ]);
});

it('one relay is at work: who loses the connection can note nothing any more', async () => {
  const first = await takeOver();
  const second = await open();
  expect(await second.lead()).toBe(false);
  await write(database, 'led', 'run.created');
  const [event] = await first.next(10);
  await database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test-relay' and pid in
       (select pid from pg_locks where locktype = 'advisory' and granted)`,
  );
  await expect(first.mark([event!.id])).rejects.toThrow();
  await first.close();
  await second.close();
  expect(numbersOf(await told('led', 1))).toEqual([1]);
});

it('an event larger than a message is told without its data', async () => {
  const data = JSON.stringify({ reason: 'x'.repeat(300_000) });
  await database.query(
    `insert into orchestration.events (run_id, type, at, data) values ('large', 'run.cancelled', now(), $1)`,
    [data],
  );
  expect((await told('large', 1))[0]).toMatchObject({ number: 1, type: 'run.cancelled', data: null });
});

it('while NATS is away work goes on, and everything is told when it is back', async () => {
  await house.nats.kill();
  const { run } = await one.call('create_run', {}, 'blue');
  await two.call('enqueue_tasks', { runId: run.id, tasks: [{ kind: 'away' }, { kind: 'away' }] }, 'blue');
  await house.nats.restart();
  expect((await told(run.id, 3)).map(({ number, type }) => `${number} ${type}`)).toEqual([
    '1 run.created',
    '2 task.enqueued',
    '3 task.enqueued',
  ]);
});
