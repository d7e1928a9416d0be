import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The environment a process was started with: it tells where the databases of a running product are. */
export function environmentOf(pid: number): Record<string, string> {
  const entries = process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  return Object.fromEntries(entries.filter((entry) => entry.includes('=')).map((entry) => splitOnce(entry)));
}

/** Everything that says what a process is: its command line and environment. Empty when it is gone. */
export function traceOf(pid: number): string {
  try {
    if (process.platform === 'linux')
      return `${readFileSync(`/proc/${pid}/cmdline`, 'utf8')}\0${fromProc(pid).join('\0')}`;
    return fromPs(pid).join(' ');
  } catch {
    return '';
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const fromProc = (pid: number): string[] => readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');

const fromPs = (pid: number): string[] =>
  spawnSync('ps', ['-Eww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
    .stdout.trim()
    .split(/\s+/);

function splitOnce(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return [entry.slice(0, at), entry.slice(at + 1)];
}
