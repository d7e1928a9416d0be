import { startChild } from '@multitask/local-infrastructure';
import { createLogger } from '@multitask/platform';
import { eventually } from '@multitask/testing';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SupervisedProcess, type SupervisedOptions } from './supervised.process';

const logger = createLogger('supervision', { level: 'silent', format: 'json' });
const waitForEver = ['-e', 'setInterval(() => {}, 1000)'];

describe('a supervised process', () => {
  let folder: string;
  let pidFile: string;
  let supervised: SupervisedProcess;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'multitask-supervised-'));
    pidFile = join(folder, 'sleeper.pid');
  });
  afterEach(async () => {
    await supervised.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const supervise = (options: Partial<SupervisedOptions> = {}) =>
    (supervised = new SupervisedProcess({
      name: 'sleeper',
      pidFile,
      logger,
      start: () => startChild(process.execPath, { args: waitForEver }),
      stopTimeoutMs: 5_000,
      ...options,
    }));
  const pid = async () => Number(await readFile(pidFile, 'utf8'));
  const isRunning = (number: number) => {
    try {
      return process.kill(number, 0);
    } catch {
      return false;
    }
  };

  it('comes back under a new number after kill -9', async () => {
    await supervise().start();
    const first = await pid();
    process.kill(first, 'SIGKILL');
    await eventually(async () => (await pid()) !== first && isRunning(await pid()));
  });

  it('is gone after a stop, with its pid file', async () => {
    await supervise().start();
    const last = await pid();
    await supervised.stop();
    expect(isRunning(last)).toBe(false);
    expect(existsSync(pidFile)).toBe(false);
  });

  it('leaves nothing running when it is stopped in the middle of coming back', async () => {
    let starts = 0;
    const pids: number[] = [];
    await supervise({
      start: async () => {
        const child = await startChild(process.execPath, { args: waitForEver });
        pids.push(child.pid);
        if (++starts === 2) void supervised.stop();
        return child;
      },
    }).start();
    process.kill(await pid(), 'SIGKILL');
    await eventually(() => starts === 2);
    await supervised.stop();
    await eventually(() => pids.every((number) => !isRunning(number)));
  });

  it('keeps trying when it cannot be started for a while', async () => {
    let starts = 0;
    await supervise({
      start: async () => {
        if (++starts === 2) throw new Error('no room');
        return startChild(process.execPath, { args: waitForEver });
      },
    }).start();
    const first = await pid();
    process.kill(first, 'SIGKILL');
    await eventually(async () => starts === 3 && (await pid()) !== first);
  });

  it('comes back under a new number when it is asked to restart', async () => {
    await supervise().start();
    const first = await pid();
    await supervised.restart();
    await eventually(async () => (await pid()) !== first);
  });

  it('rejects and leaves nothing when it never becomes ready', async () => {
    let started = 0;
    const start = async () => {
      const child = await startChild(process.execPath, { args: waitForEver });
      started = child.pid;
      return child;
    };
    await expect(supervise({ start, ready: () => Promise.reject(new Error('never')) }).start()).rejects.toThrow(
      'never',
    );
    expect(isRunning(started)).toBe(false);
  });
});
