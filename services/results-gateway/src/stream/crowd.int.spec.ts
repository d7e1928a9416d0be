import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
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

const p99 = (times: number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!;

it('5,000 streams from one address: those above its limit are told to wait, and others go on', async () => {
  const [greedyOne, other] = [1, 2].map(() => fork(join(__dirname, '../testing/crowd.client.cjs'))) as [
    ChildProcess,
    ChildProcess,
  ];
  const ask = async <T>(child: ChildProcess, question: object): Promise<T> => {
    child.send(question);
    return ((await once(child, 'message')) as [T])[0];
  };
  /** Milliseconds of ordinary requests, one after the other, while the work goes on. */
  const beside = async <T>(work: () => Promise<T>): Promise<[T, number[]]> => {
    const times = ask<number[]>(other, { probe: `${url}/status`, address: '198.51.100.1' });
    const result = await work();
    other.send({ stop: true });
    return [result, await times];
  };
  try {
    await beside(() => pause(500));
    const [, alone] = await beside(() => pause(1_000));
    const [answers, times] = await beside(() =>
      ask<Record<string, number>>(greedyOne, { crowd: `${url}.sse`, address: greedy, asked, atOnce }),
    );
    const figures = [alone, times].map((each) => `p99 ${p99(each).toFixed(1)} ms of ${each.length}`);
    process.stdout.write(`ordinary requests alone: ${figures[0]}; beside ${asked} streams: ${figures[1]}\n`);
    expect(answers).toEqual({ 200: limit, '429, again after 30': asked - limit });
    expect(await house.metric('multitask_stream_readers')).toBe(limit);

    for (const address of ['198.51.100.2', '2001:db8::7']) {
      const answer = await open(address);
      expect(answer.statusCode).toBe(200);
      answer.destroy();
    }
  } finally {
    greedyOne.kill();
    other.kill();
  }
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
