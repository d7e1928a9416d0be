import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '@multitask/testing';
import { finishedGroup } from './testing/finished.group';
import { eventuallyNotified, openHouse, openReceiver, type House, type Receiver } from './testing/notifier.house';

const root = resolve(__dirname, '../../..');

describe('the notifier as a process', () => {
  let house: House;
  let receiver: Receiver;
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    await promisify(execFile)(process.execPath, ['deploy/build/compile.mjs'], { cwd: root });
    house = await openHouse();
    house.startProjector();
  });
  afterAll(async () => {
    child?.kill('SIGKILL');
    await receiver.close();
    await house.close();
  });

  const start = () =>
    spawn(process.execPath, ['services/notifier/dist/main.js'], {
      cwd: root,
      env: { ...process.env, ...house.env, OUTBOUND_ALLOW: receiver.host, OPS_PORT: '0' },
      stdio: 'inherit',
    });

  it('is killed after sending and before writing it down: the webhook comes again, under the same id', async () => {
    receiver = await openReceiver(async (_, count) => {
      if (count > 1) return 200;
      child!.kill('SIGKILL');
      await once(child!, 'exit');
      return 200;
    });
    child = start();
    const { groupId } = await finishedGroup(house, { hook: `http://${receiver.host}/` });
    await eventually(() => child!.signalCode === 'SIGKILL', { timeoutMs: 60_000 });
    expect(receiver.received).toHaveLength(1);

    child = start();
    const [attempted] = await eventuallyNotified(house.log, groupId, 1);
    expect(attempted!.data).toMatchObject({ attempt: 1, delivered: true });
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([`${groupId}.1`, `${groupId}.1`]);
    expect(receiver.received[1]!.body).toBe(receiver.received[0]!.body);
  });

  it('leaves when it is told to, with code 0', async () => {
    child!.kill('SIGTERM');
    const [code] = (await once(child!, 'exit')) as [number | null];
    expect(code).toBe(0);
  });
});
