import { eventually } from '@multitask/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isRunning, pidsOf } from './start.process';

const run = resolve(__dirname, '../chaos/run.mjs');

describe('the chaos harness', () => {
  let folder: string;
  let child: ChildProcess | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'multitask-harness-'));
    // Started by root, Postgres runs as somebody else.
    await chmod(folder, 0o755);
  });
  afterEach(async () => {
    child?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  it('ends what it started, and removes its folder, when it is told to stop in the middle', async () => {
    child = spawn(process.execPath, [run, '--no-build', '--short'], {
      env: { ...process.env, TMPDIR: folder },
      stdio: 'ignore',
    });
    const exited = once(child, 'exit') as Promise<[number | null]>;
    const pids = await eventually(
      async () => {
        const [home] = (await readdir(folder)).filter((name) => name.startsWith('multitask-chaos-'));
        const found = home === undefined ? {} : await pidsOf(join(folder, home)).catch(() => ({}));
        return Object.keys(found).length >= 3 && (found as Record<string, number>);
      },
      { timeoutMs: 90_000 },
    );
    child.kill('SIGTERM');
    expect((await exited)[0]).toBe(130);
    expect(Object.values(pids || {}).filter((pid) => isRunning(pid))).toEqual([]);
    expect((await readdir(folder)).filter((name) => name.startsWith('multitask-'))).toEqual([]);
  });
});
