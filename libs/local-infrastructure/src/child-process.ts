import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';

export interface ChildOptions {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly stdio?: StdioOptions;
  /** What asks this program to stop cleanly. */
  readonly stopSignal?: NodeJS.Signals;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set when the program could not be started at all. */
  readonly error?: Error;
}

export interface Child {
  readonly pid: number;
  readonly process: ChildProcess;
  /** Resolves once, however the program ends; never rejects. */
  readonly exited: Promise<Exit>;
  running(): boolean;
  /** Asks, waits up to `timeoutMs`, then kills. Resolves when the process is gone. */
  stop(timeoutMs?: number): Promise<Exit>;
  kill(signal: NodeJS.Signals): void;
}

/**
 * Starts a program that never outlives this process, however this one ends.
 * It runs in a session of its own, so that Ctrl+C in a terminal reaches us alone and we stop things in order;
 * a one-line shell waits for our death beside it (see `watchFor`).
 */
export async function startChild(command: string, options: ChildOptions = {}): Promise<Child> {
  const child = spawn(command, options.args ?? [], {
    env: options.env ?? process.env,
    cwd: options.cwd,
    uid: options.uid,
    gid: options.gid,
    stdio: options.stdio ?? 'ignore',
    detached: process.platform !== 'win32',
  });
  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    const end = (value: Exit) => resolve((exit ??= value));
    child.once('error', (error) => end({ code: null, signal: null, error }));
    child.once('exit', (code, signal) => end({ code, signal }));
  });
  if (child.pid === undefined) {
    const { error } = await exited;
    throw new Error(`${command} could not be started: ${error?.message ?? 'no reason given'}`);
  }
  // A later `error` event (a signal that could not be sent) must not end this process.
  child.on('error', () => undefined);
  const stopSignal = options.stopSignal ?? 'SIGTERM';
  watchFor(child.pid, stopSignal, exited);

  const stop = async (timeoutMs = 8_000): Promise<Exit> => {
    if (exit) return exit;
    child.kill(stopSignal);
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    try {
      return await exited;
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    pid: child.pid,
    process: child,
    exited,
    running: () => exit === undefined,
    stop,
    kill: (signal) => void child.kill(signal),
  };
}

/**
 * The shell reads a pipe that only this process holds open. A line on it means the program ended; end of file means
 * that this process died, even by SIGKILL: then the shell asks the program to stop, and kills it after 10 s.
 */
function watchFor(pid: number, signal: NodeJS.Signals, exited: Promise<Exit>): void {
  if (process.platform === 'win32') return;
  const script =
    'read -r line && exit 0; kill -s "$1" "$0"; i=0; while [ $i -lt 100 ] && kill -0 "$0"; do sleep 0.1; i=$((i+1)); done; kill -s KILL "$0"';
  const watcher = spawn('/bin/sh', ['-c', script, String(pid), signal.replace('SIG', '')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.on('error', () => undefined);
  watcher.stdin.on('error', () => undefined);
  watcher.unref();
  (watcher.stdin as typeof watcher.stdin & { unref(): void }).unref();
  void exited.then(() => watcher.stdin.end('ended\n'));
}
