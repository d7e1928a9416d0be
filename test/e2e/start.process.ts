import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { eventually } from '@multitask/testing';

const start = resolve(__dirname, '../../deploy/local/start.mjs');

export interface Start {
  readonly child: ChildProcess;
  /** Everything printed so far, by stream. */
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves with the origin once the line `ready <origin>` was printed. */
  ready(): Promise<string>;
  /** Resolves with the exit code. */
  exited(): Promise<number | null>;
}

/** `npm start -- …args`, less npm. */
export function npmStart(args: readonly string[], env: Readonly<Record<string, string>> = {}): Start {
  const child = spawn(process.execPath, [start, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const exit = once(child, 'exit') as Promise<[number | null]>;
  return {
    child,
    out: () => out,
    err: () => err,
    exited: async () => (await exit)[0],
    ready: () =>
      eventually(
        () => {
          if (child.exitCode !== null) throw new Error(`it left with ${child.exitCode}: ${err}`);
          return /^ready (\S+)$/m.exec(out)?.[1];
        },
        { timeoutMs: 60_000 },
      ),
  };
}

/** Name and number of each process that a start on this folder has running, by its pid files. */
export async function pidsOf(dataDir: string): Promise<Record<string, number>> {
  const folder = join(dataDir, 'pids');
  const names = await readdir(folder);
  const entries = names.map(async (name) => [
    name.replace(/\.pid$/, ''),
    Number(await readFile(join(folder, name), 'utf8')),
  ]);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, number>;
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
