import { readdirSync, readFileSync } from 'node:fs';

/** Of USER_HZ, which every Linux that Node runs on has at 100. */
const ticksPerSecond = 100;

interface ProcessTimes {
  readonly parent: number;
  /** Of itself and of the children it has waited for. */
  readonly ticks: number;
}

function timesOf(pid: number): ProcessTimes | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return { parent: fields[1]!, ticks: fields[11]! + fields[12]! + fields[13]! + fields[14]! };
  } catch {
    return undefined;
  }
}

/** CPU seconds that these processes and all below them have used so far; NaN where the system does not tell. */
export function cpuSeconds(roots: readonly number[]): number {
  if (process.platform !== 'linux') return Number.NaN;
  const all = new Map<number, ProcessTimes>();
  for (const name of readdirSync('/proc')) {
    const times = /^\d+$/.test(name) ? timesOf(Number(name)) : undefined;
    if (times) all.set(Number(name), times);
  }
  let ticks = 0;
  for (const [pid, times] of all) if (isBelow(pid, roots, all)) ticks += times.ticks;
  return ticks / ticksPerSecond;
}

function isBelow(pid: number, roots: readonly number[], all: ReadonlyMap<number, ProcessTimes>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = all.get(at)?.parent)
    if (roots.includes(at)) return true;
  return false;
}

/** What the processes used while the work was done. */
export async function cpuOf(roots: readonly number[], work: () => Promise<void>): Promise<number> {
  const before = cpuSeconds(roots);
  await work();
  return cpuSeconds(roots) - before;
}

/** Megabytes a process had resident at most so far. */
export const peakMegabytes = (pid: number): number => megabytesOf(pid, 'VmHWM');

/** Megabytes a process has resident now. */
export const residentMegabytes = (pid: number): number => megabytesOf(pid, 'VmRSS');

function megabytesOf(pid: number, name: string): number {
  try {
    return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
  } catch {
    return Number.NaN;
  }
}
