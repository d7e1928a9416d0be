import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { accountForPostgres, type Account } from './unprivileged-account';

/** Where Postgres keeps its data and may keep a copy of its programs, and who it runs as. */
export interface PostgresPlace {
  readonly cluster: string;
  readonly base: string;
  readonly account: Account;
  /** The data is not in the folder that was asked for, because the account may not enter there. */
  readonly moved: boolean;
}

/**
 * An ordinary user keeps everything in `dataDir`. For root it depends on whether the other account can enter `dataDir`:
 * if not (a clone below a folder of mode 700), a folder for this `dataDir` is made in a place it can enter,
 * the same one at every start.
 */
export function placeForPostgres(dataDir: string): PostgresPlace {
  mkdirSync(dataDir, { recursive: true });
  const wanted = resolve(realpathSync(dataDir));
  const base = process.getuid?.() === 0 ? sharedBase() : wanted;
  for (const folder of [wanted, movedFolder(base, wanted)]) {
    const moved = folder !== wanted;
    const cluster = join(folder, 'cluster');
    const account = accountForPostgres(existsSync(cluster) ? statSync(cluster) : undefined);
    if (account.uid === undefined) return { cluster, base, account, moved: false };
    if (moved) makeFolder(folder, 0o711);
    if (!canEnter(folder, account)) continue;
    mkdirSync(cluster, { recursive: true });
    chownSync(cluster, account.uid, account.gid!);
    chmodSync(cluster, 0o700);
    return { cluster, base, account, moved };
  }
  throw new Error(
    `No folder was found that Postgres may enter as another user than root (tried ${wanted} and ${base}).`,
  );
}

/** Every folder that may have been made for the data of this `dataDir`. */
export function foldersOf(dataDir: string): string[] {
  const wanted = resolve(realpathSync(dataDir));
  return [join(wanted, 'cluster'), ...possibleBases().map((base) => movedFolder(base, wanted))];
}

const movedFolder = (base: string, wanted: string) =>
  join(base, createHash('sha256').update(wanted).digest('hex').slice(0, 12));

const possibleBases = () => ['/var/lib', '/var/tmp', tmpdir()].map((parent) => join(parent, 'multitask'));

/** Folders only root can make entries in come first; in a shared one, ours must belong to root already. */
function sharedBase(): string {
  for (const folder of possibleBases()) {
    try {
      makeFolder(folder, 0o755);
      const facts = lstatSync(folder);
      if (facts.isDirectory() && facts.uid === 0 && canEnter(folder, accountForPostgres())) return folder;
    } catch {
      continue;
    }
  }
  throw new Error(
    'No folder was found that Postgres may enter as another user than root (tried /var/lib, /var/tmp and the temporary folder).',
  );
}

/** With exactly this mode, whatever the umask is. */
function makeFolder(folder: string, mode: number): void {
  if (existsSync(folder)) return;
  mkdirSync(folder);
  chmodSync(folder, mode);
}

function canEnter(folder: string, account: Account): boolean {
  if (!existsSync(dirname(folder))) return false;
  return spawnSync('/bin/sh', ['-c', 'cd "$0"', folder], { ...account, cwd: '/', stdio: 'ignore' }).status === 0;
}
