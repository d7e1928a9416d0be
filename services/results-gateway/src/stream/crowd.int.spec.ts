import { get, type IncomingMessage } from 'node:http';
import { eventually, GroupStory } from '@multitask/testing';
import { GatewayHouse, newGroupId } from '../testing/gateway.house';

const limit = 500;
const asked = 5_000;
/** Requests of the greedy one that are under way at the same time. */
const atOnce = 250;
const greedy = '203.0.113.9';

let house: GatewayHouse;
let url: string;
beforeAll(async () => {
  house = await GatewayHouse.open(0);
  await house.startGateway({ STREAM_MAX_READERS_PER_ADDRESS: `${limit}`, TRUSTED_PROXIES: '127.0.0.1' });
  const story = new GroupStory(newGroupId()).created(['a', 'b', 'c']);
  await house.append(story);
  await house.project(story.groupId);
  url = `${house.origin()}/${story.groupId}`;
});
afterAll(() => house?.close());

const open = (address: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = { 'x-forwarded-for': address };
    get(`${url}.sse`, { headers, agent: false }, (response) => resolve(response.on('error', () => undefined).resume()))
      .on('error', reject)
      .end();
  });

/** Milliseconds of each of the ordinary requests, one after the other, that fit into `while`. */
async function ordinary(goOn: (count: number) => boolean): Promise<number[]> {
  const times: number[] = [];
  while (goOn(times.length)) {
    const started = performance.now();
    const answer = await fetch(`${url}/status`, { headers: { 'x-forwarded-for': '198.51.100.1' } });
    await answer.text();
    expect(answer.status).toBe(200);
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

const median = (sorted: number[]): number => sorted[sorted.length >> 1]!;
const p99 = (sorted: number[]): number => sorted[Math.floor(sorted.length * 0.99)]!;

it('5,000 streams from one address: those above its limit are told to wait, and nobody else notices', async () => {
  await ordinary((count) => count < 50);
  const alone = await ordinary((count) => count < 300);
  const answers: IncomingMessage[] = [];
  let left = asked;
  const crowd = Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) answers.push(await open(greedy));
    }),
  );
  const beside = await ordinary(() => answers.length < asked);
  await crowd;
  const figures = [alone, beside].map((times) => `p99 ${p99(times).toFixed(1)} ms of ${times.length}`);
  process.stdout.write(`ordinary requests alone: ${figures[0]}; beside ${asked} streams: ${figures[1]}\n`);

  // Generous: the greedy one, who shares this process, takes most of its time, and single requests may meet with anything.
  expect(median(beside)).toBeLessThan(Math.max(1_000, 100 * median(alone)));

  const refused = answers.filter(({ statusCode }) => statusCode === 429);
  expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(limit);
  expect(refused).toHaveLength(asked - limit);
  expect(refused[0]!.headers).toMatchObject({ 'retry-after': '30' });
  expect(await house.metric('multitask_stream_readers')).toBe(limit);

  for (const other of ['198.51.100.2', '2001:db8::7']) {
    const answer = await open(other);
    expect(answer.statusCode).toBe(200);
    answer.destroy();
  }
  for (const answer of answers) answer.destroy();
  await eventually(async () => (await house.metric('multitask_stream_readers')) === 0);
  const back = await open(greedy);
  expect(back.statusCode).toBe(200);
  back.destroy();
  // Ten seconds on a machine at rest.
}, 400_000);

it('readers that leave at once are counted no longer', async () => {
  for (let i = 0; i < limit; i++) {
    await new Promise<void>((resolve) => {
      const request = get(`${url}.sse`, { headers: { 'x-forwarded-for': greedy }, agent: false });
      request.on('error', () => undefined).once('close', () => resolve());
      request.once('socket', (socket) => socket.once('connect', () => setImmediate(() => request.destroy())));
    });
  }
  await eventually(async () => (await house.metric('multitask_stream_readers')) === 0);
  await eventually(async () => {
    const answer = await open(greedy);
    answer.destroy();
    return answer.statusCode === 200;
  });
});
