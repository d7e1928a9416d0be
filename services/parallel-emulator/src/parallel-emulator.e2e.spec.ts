import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readStream } from './testing/stream-reader';

const root = resolve(__dirname, '../../..');
const headers = { 'x-api-key': 'e2e-key', 'content-type': 'application/json' };

describe('the emulator as a process', () => {
  let folder: string;
  let port: number;
  let child: ChildProcess;

  beforeAll(async () => {
    const packages = ['libs/contracts', 'libs/platform', 'services/parallel-emulator'];
    await promisify(execFile)(process.execPath, ['deploy/build/compile.mjs', ...packages], { cwd: root });
    folder = await mkdtemp(join(tmpdir(), 'emulator-'));
    port = await freePort();
  });
  afterAll(async () => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  const call = async (path: string, body?: object, method = body ? 'POST' : 'GET'): Promise<any> =>
    (
      await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers,
        body: body && JSON.stringify(body),
      })
    ).json();

  async function start(): Promise<void> {
    const env = {
      ...process.env,
      PORT: String(port),
      OPS_PORT: '0',
      LOG_LEVEL: 'silent',
      EMULATOR_SPEED: '30',
      EMULATOR_DATA_FILE: join(folder, 'emulator.sqlite'),
    };
    child = spawn(process.execPath, ['services/parallel-emulator/dist/main.js'], { cwd: root, env, stdio: 'inherit' });
    while (!(await call('/_emulator/clock').catch(() => undefined))) await pause(50);
  }

  it('is killed in the middle of a group and loses nothing', async () => {
    await start();
    const group = (await call('/v1/tasks/groups', {})).taskgroup_id;
    // All but the first ten end when the clock is told to: the kill comes in the middle of the group.
    const stall = { kind: 'stall_runs', skip: 10, seconds: 3_600 };
    await call('/_emulator/faults', { faults: [stall] });
    const inputs = Array.from({ length: 60 }, (_, i) => ({
      input: `Company ${i}`,
      processor: 'lite',
      metadata: { k: String(i) },
    }));
    const { run_ids } = await call(`/v1/tasks/groups/${group}/runs`, { inputs });
    const completed = async () =>
      (await call(`/v1/tasks/groups/${group}`)).status.task_run_status_counts.completed ?? 0;
    while ((await completed()) < 5) await pause(20);

    child.kill('SIGKILL');
    await once(child, 'exit');
    await start();

    expect(await completed()).toBeLessThan(60);
    await call('/_emulator/clock', { advance_seconds: stall.seconds }, 'PUT');

    const { events } = await readStream(
      await fetch(`http://127.0.0.1:${port}/v1/tasks/groups/${group}/events`, { headers }),
    );
    const ended = events.filter((event) => event.type === 'task_run.state').map((event) => event.run.run_id);
    expect(ended.toSorted()).toEqual(run_ids.toSorted());
    expect(events.at(-1).status).toMatchObject({ num_task_runs: 60, is_active: false });
    expect((await call(`/_emulator/ledger/summary?group=${group}`)).runs).toBe(60);

    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
