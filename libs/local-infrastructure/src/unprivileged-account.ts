import { readFileSync } from 'node:fs';

/** What a child process runs as; empty means: as we do. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** Accounts that own nothing on a usual system come first. */
const preferred = ['nobody', 'daemon', 'bin', 'games'];

/**
 * Postgres refuses to run as root. An account that exists already is used, because `initdb` looks its uid up; none is created.
 * `owner` is who owns the data of an earlier start.
 */
export function accountForPostgres(owner?: { uid: number; gid: number }, passwd = readPasswd): Account {
  if (process.getuid?.() !== 0) return {};
  if (owner && owner.uid !== 0) return owner;
  const accounts = passwd()
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ name, uid, gid }) => name && Number.isInteger(uid) && Number.isInteger(gid) && uid > 0);
  const chosen =
    preferred.map((name) => accounts.find((account) => account.name === name)).find(Boolean) ?? accounts[0];
  if (!chosen)
    throw new Error(
      'Postgres cannot run as root, and this system has no other account. Start as an ordinary user, or give a database in DATABASE_URL.',
    );
  return { uid: chosen.uid, gid: chosen.gid };
}

const readPasswd = () => readFileSync('/etc/passwd', 'utf8');
