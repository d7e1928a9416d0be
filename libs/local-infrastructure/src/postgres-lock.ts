import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Looks at the `postmaster.pid` an earlier start left behind. Postgres itself removes one whose process is gone;
 * a number that has since been given to another program would make it refuse for ever, so that file goes here.
 * Throws when a Postgres is really at work on this data.
 */
export function clearStaleLock(cluster: string): void {
  const file = join(cluster, 'postmaster.pid');
  let pid: number;
  try {
    pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  } catch {
    return;
  }
  const command = Number.isInteger(pid) && pid > 0 ? commandOf(pid) : undefined;
  if (command?.includes('postgres') && command.includes(cluster))
    throw new Error(
      `The data in ${cluster} is in use by a running Postgres (process ${pid}). Stop the other start, or choose another data directory.`,
    );
  rmSync(file, { force: true });
}

function commandOf(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return undefined;
    }
  }
}
