import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { eventually } from '@multitask/testing';

const entry = resolve(__dirname, '../../libs/multitask-command/bin/multitask.js');

export interface CommandProcess {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves with what stderr says as soon as it says so. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  exited(): Promise<number | null>;
}

/** The command with real pipes, and nothing of our own environment but what is named. */
export function startCommand(
  args: readonly string[],
  { cwd, env, input }: { cwd: string; env?: Record<string, string>; input?: string },
): CommandProcess {
  const child = spawn(process.execPath, [entry, ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  const closed = once(child, 'close') as Promise<[number | null]>;
  return {
    child,
    out: () => out,
    err: () => err,
    exited: async () => (await closed)[0],
    said: (pattern) =>
      eventually(
        () => {
          const found = pattern.exec(err);
          if (!found && child.exitCode !== null) throw new Error(`it left with ${child.exitCode}: ${err}`);
          return found ?? undefined;
        },
        { timeoutMs: 60_000 },
      ),
  };
}

/** Runs to the end. */
export async function runCommand(...call: Parameters<typeof startCommand>) {
  const command = startCommand(...call);
  const code = await command.exited();
  return { code, out: command.out(), err: command.err() };
}
