import { removePostgres } from '@multitask/local-infrastructure';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';

/** Everything a local start keeps: a second start on the same folder goes on where the first stopped. */
export interface DataFolder {
  readonly path: string;
  readonly nats: string;
  readonly postgres: string;
  readonly emulatorFile: string;
  readonly secretsFile: string;
  readonly exampleFile: string;
  pidFile(process: string): string;
  logFile(process: string): string;
  /** Lets another start use it. */
  release(): void;
}

/** Two starts cannot share a folder; the message says which process has it. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';
}

/** A log that reached this size becomes `<name>.log.1` at the next start: at most twice this per service. */
const longestLog = 16 * 1024 * 1024;

const ours = (folder: string) => ({
  nats: join(folder, 'nats'),
  postgres: join(folder, 'postgres'),
  emulator: join(folder, 'emulator'),
  pids: join(folder, 'pids'),
  logs: join(folder, 'logs'),
  secretsFile: join(folder, 'secrets.json'),
  exampleFile: join(folder, 'example.json'),
  lock: join(folder, 'standalone.pid'),
});

/** Claims `path` for this process; with `reset`, what earlier starts kept there goes first, and nothing else does. */
export async function openDataFolder(path: string, options: { reset: boolean }): Promise<DataFolder> {
  mkdirSync(path, { recursive: true });
  const folder = realpathSync(resolve(path));
  const parts = ours(folder);
  claim(parts.lock, folder);
  if (options.reset) {
    await removePostgres(parts.postgres);
    for (const part of Object.values(parts)) if (part !== parts.lock) rmSync(part, { recursive: true, force: true });
  }
  rmSync(parts.pids, { recursive: true, force: true });
  // What users asked and were answered is in these; other accounts of the machine have no business there.
  for (const part of [parts.nats, parts.emulator, parts.logs]) mkdirSync(part, { recursive: true, mode: 0o700 });
  mkdirSync(parts.pids, { recursive: true });
  setAsideLongLogs(parts.logs);
  return {
    path: folder,
    nats: parts.nats,
    postgres: parts.postgres,
    emulatorFile: join(parts.emulator, 'emulator.sqlite'),
    secretsFile: parts.secretsFile,
    exampleFile: parts.exampleFile,
    pidFile: (process) => join(parts.pids, `${process}.pid`),
    logFile: (process) => join(parts.logs, `${process}.log`),
    release: () => rmSync(parts.lock, { force: true }),
  };
}

function claim(lock: string, folder: string): void {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      return writeFileSync(lock, `${process.pid}\n`, { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = Number.parseInt(readFileSync(lock, 'utf8'), 10);
    if (holder !== process.pid && isStandalone(holder))
      throw new DataFolderInUse(
        `${folder} is in use by a running start (process ${holder}). Stop that one, or choose another folder with --data-dir.`,
      );
    // Its process is gone, or its number now belongs to another program.
    rmSync(lock, { force: true });
  }
  throw new DataFolderInUse(`${folder} was taken by another start at this very moment.`);
}

function isStandalone(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    const command = execFileSync('ps', ['-o', 'args=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return command.includes('standalone/dist/main');
  } catch {
    return true;
  }
}

function setAsideLongLogs(folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (existsSync(file) && name.endsWith('.log') && statSync(file).size > longestLog) renameSync(file, `${file}.1`);
  }
}
