import { removePostgres } from '@multitask/local-infrastructure';
import { eventually } from '@multitask/testing';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning, npmStart, pidsOf, type Start } from './start.process';
import { createGroup, finished, readResult } from './task-group.client';

const secretFile = 'secrets.json';

describe('npm start', () => {
  let dataDir: string;
  const starts: Start[] = [];
  const start = (...args: string[]) => {
    const one = npmStart(['--port', '0', '--data-dir', dataDir, ...args]);
    starts.push(one);
    return one;
  };

  beforeEach(async () => void (dataDir = await mkdtemp(join(tmpdir(), 'multitask-start-'))));
  afterEach(async () => {
    for (const { child } of starts.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
    await removePostgres(join(dataDir, 'postgres'));
    await rm(dataDir, { recursive: true, force: true });
  });

  async function stops(one: Start, signal: NodeJS.Signals): Promise<void> {
    const pids = await pidsOf(dataDir);
    expect(Object.keys(pids)).toEqual(expect.arrayContaining(['nats', 'postgres']));
    one.child.kill(signal);
    expect(await one.exited()).toBe(0);
    expect(Object.entries(pids).filter(([, pid]) => isRunning(pid))).toEqual([]);
  }

  test('--exit shows the example, says whose answers these are, and ends with 0; a second start goes on with it', async () => {
    const first = start('--exit');
    expect(await first.exited()).toBe(0);
    expect(first.out()).toMatch(/^ready http:\/\/127\.0\.0\.1:\d+$/m);
    expect(first.out().match(/^ready /gm)).toHaveLength(1);
    expect(first.out()).toMatch(/Japan +Tokyo +Asia/);
    expect(first.out()).toContain('come from the local emulator');
    expect(first.out()).toContain('its signature is right');
    expect(first.err()).toContain('12/12');
    const group = /tgrp_[0-9a-f]{32}/.exec(first.out())![0];

    const second = start('--exit');
    expect(await second.exited()).toBe(0);
    expect(second.out()).toContain(group);
    expect(second.out()).toMatch(/Japan +Tokyo +Asia/);
  });

  test('what a start kept is there for the next one, and --reset deletes it', async () => {
    const row = { inputs: [{ country: 'Peru' }], output_type: 'text', processor: 'lite' };
    const first = start('--no-example');
    const { url } = await createGroup(await first.ready(), row);
    await finished(url);
    const secrets = await readFile(join(dataDir, secretFile), 'utf8');
    expect((await stat(join(dataDir, secretFile))).mode & 0o777).toBe(0o600);
    await stops(first, 'SIGTERM');

    const second = start('--no-example');
    const origin = await second.ready();
    expect((await readResult(origin + new URL(url).pathname)).status.task_run_status_counts).toEqual({ completed: 1 });
    expect(await readFile(join(dataDir, secretFile), 'utf8')).toBe(secrets);
    await stops(second, 'SIGINT');

    const third = start('--no-example', '--reset');
    const answer = await fetch(`${await third.ready()}${new URL(url).pathname}.json`);
    expect(answer.status).toBe(404);
    await stops(third, 'SIGTERM');
  });

  test('--processes: each service has a process and comes back on its port when killed; nothing is left after the stop', async () => {
    const one = start('--no-example', '--replicas', 'results-gateway=2');
    const origin = await one.ready();
    const before = await pidsOf(dataDir);
    expect(Object.keys(before).sort()).toEqual(
      [
        ...['api-gateway', 'nats', 'notifier', 'orchestrator', 'parallel-emulator', 'postgres', 'projector'],
        ...['results-gateway', 'results-gateway.2', 'stream-ingestor'],
      ].sort(),
    );
    for (const name of ['nats', 'postgres', 'api-gateway', 'results-gateway']) process.kill(before[name]!, 'SIGKILL');
    await eventually(async () => {
      const now = await pidsOf(dataDir);
      return ['nats', 'postgres', 'api-gateway', 'results-gateway'].every(
        (name) => now[name] !== before[name] && isRunning(now[name]!),
      );
    });
    const row = { inputs: [{ country: 'Peru' }], output_type: 'text', processor: 'lite' };
    const group = await eventually(() => createGroup(origin, row), { timeoutMs: 60_000, intervalMs: 200 });
    expect((await finished(group.url)).status.task_run_status_counts).toEqual({ completed: 1 });
    await stops(one, 'SIGTERM');
  });

  test('kill -9 of the start leaves no process behind, and the next start works', async () => {
    const one = start('--no-example', '--processes');
    await one.ready();
    const pids = await pidsOf(dataDir);
    one.child.kill('SIGKILL');
    await eventually(() => Object.values(pids).every((pid) => !isRunning(pid)), { timeoutMs: 60_000 });

    const next = start('--no-example');
    await next.ready();
    await stops(next, 'SIGTERM');
  });

  test('a folder in use and a port in use are named, and nothing is started', async () => {
    const one = start('--no-example');
    const origin = await one.ready();
    const same = start('--no-example');
    expect(await same.exited()).toBe(1);
    expect(same.err()).toMatch(/is in use by a running start \(process \d+\)/);

    const otherFolder = await mkdtemp(join(tmpdir(), 'multitask-start-'));
    const samePort = npmStart(['--no-example', '--data-dir', otherFolder, '--port', new URL(origin).port]);
    expect(await samePort.exited()).toBe(1);
    expect(samePort.err()).toMatch(/port \d+ is taken.*--port/i);
    expect(await pidsOf(otherFolder)).toEqual({});
    await rm(otherFolder, { recursive: true });
    await stops(one, 'SIGTERM');
  });
});
