import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { startChild, type Child } from './child-process';
import { freePort } from './free-port';
import { tailOf } from './log-tail';
import { binariesFor, installedPostgres, type PostgresBinaries } from './postgres-binaries';
import { clearStaleLock } from './postgres-lock';
import { foldersOf, placeForPostgres, type PostgresPlace } from './postgres-place';

export interface PostgresOptions {
  /** Holds the password and the log, and the data unless Postgres may not enter there (see `location`). */
  readonly dataDir: string;
  readonly port?: number;
  readonly host?: string;
  /** Made when it is not there yet; default `postgres`. */
  readonly database?: string;
  /** Settings of `postgresql.conf`, such as `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly startTimeoutMs?: number;
}

export interface RunningPostgres {
  /** Of the superuser, for `database`. Loopback only. */
  readonly url: string;
  readonly port: number;
  readonly child: Child;
  /** Where the data is. */
  readonly location: string;
  /** Set when the location is not below `dataDir`: one sentence that says where and why. */
  readonly notice?: string;
  stop(): Promise<void>;
}

const user = 'multitask';

/** A folder without this file was left by a start that was stopped while making it, and never held data. */
const completionMark = 'multitask.complete';

/** Deletes the data of earlier starts on `dataDir`, wherever it is. No Postgres may be running on it. */
export async function removePostgres(dataDir: string): Promise<void> {
  if (existsSync(dataDir)) for (const folder of foldersOf(dataDir)) await rm(folder, { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
}

/** Starts a Postgres of our own, made at the first start, and waits until it accepts connections. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const host = options.host ?? '127.0.0.1';
  const port = options.port ?? (await freePort(host));
  const place = placeForPostgres(options.dataDir);
  const { binaries, copied } = binariesFor(installedPostgres(), place.account, place.base);
  const password = await storedPassword(options.dataDir);
  if (!existsSync(join(place.cluster, completionMark))) await makeCluster(binaries, place, password);
  clearStaleLock(place.cluster);

  const settings = {
    listen_addresses: host,
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    ...options.settings,
  };
  const log = join(options.dataDir, 'postgres.log');
  const output = openSync(log, 'a');
  const child = await startChild(binaries.postgres, {
    args: ['-D', place.cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    ...place.account,
    cwd: place.cluster,
    env: environment(),
    stdio: ['ignore', output, output],
    stopSignal: 'SIGINT',
  }).finally(() => closeSync(output));
  try {
    await untilReady(place.cluster, child, options.startTimeoutMs ?? 30_000);
  } catch (error) {
    await child.stop();
    throw new Error(`Postgres did not start: ${(error as Error).message}\n${tailOf(log)}`);
  }
  const urlOf = (name: string) => `postgres://${user}:${password}@${host}:${port}/${name}`;
  const database = options.database ?? 'postgres';
  try {
    await ensureDatabase(urlOf('postgres'), database);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    url: urlOf(database),
    port,
    child,
    location: place.cluster,
    notice: noticeOf(place, binaries, copied),
    stop: async () => void (await child.stop()),
  };
}

function noticeOf(place: PostgresPlace, binaries: PostgresBinaries, copied: boolean): string | undefined {
  if (!place.moved && !copied) return undefined;
  const what = [
    place.moved && `its data is in ${place.cluster}`,
    copied && `its programs were copied to ${binaries.folder}`,
  ];
  return `Postgres cannot run as root and runs as uid ${place.account.uid}, which may not enter this folder: ${what.filter(Boolean).join(' and ')}.`;
}

async function ensureDatabase(adminUrl: string, name: string): Promise<void> {
  if (name === 'postgres') return;
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (!found.rowCount) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

/** Neither our secrets nor a library path of ours belong in the environment of the database. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, TZ, SystemRoot, TEMP } = process.env;
  return { PATH, TZ, SystemRoot, TEMP, LC_ALL: 'C' };
}

async function storedPassword(dataDir: string): Promise<string> {
  const file = join(dataDir, 'postgres.password');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  await mkdir(dataDir, { recursive: true });
  const password = randomBytes(18).toString('base64url');
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  return password;
}

async function makeCluster(binaries: PostgresBinaries, place: PostgresPlace, password: string): Promise<void> {
  await mkdir(place.cluster, { recursive: true, mode: 0o700 });
  for (const name of await readdir(place.cluster)) await rm(join(place.cluster, name), { recursive: true });
  const folder = await mkdtemp(join(tmpdir(), 'multitask-initdb-'));
  const passwordFile = join(folder, 'password');
  try {
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (place.account.uid !== undefined)
      for (const path of [folder, passwordFile]) chownSync(path, place.account.uid, place.account.gid!);
    await promisify(execFile)(
      binaries.initdb,
      [
        ...['--pgdata', place.cluster, '--username', user, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
        ...['--encoding', 'UTF8', '--locale', 'C', '--no-instructions'],
      ],
      { ...place.account, cwd: place.cluster, env: environment() },
    );
    await writeFile(join(place.cluster, completionMark), '');
  } catch (error) {
    const reason = (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
    throw new Error(`Postgres could not make its data directory ${place.cluster}: ${reason}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Postgres writes its number and, once clients may log in, the word `ready` into its lock file. */
async function untilReady(cluster: string, child: Child, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (!child.running()) throw new Error(`it left with ${JSON.stringify(await child.exited)}`);
    const lines = await readFile(join(cluster, 'postmaster.pid'), 'utf8').then(
      (text) => text.split('\n').map((line) => line.trim()),
      () => [],
    );
    if (Number(lines[0]) === child.pid && lines[7] === 'ready') return;
    if (Date.now() > deadline) throw new Error(`not ready within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
