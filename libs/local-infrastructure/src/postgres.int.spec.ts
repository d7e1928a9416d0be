import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { removePostgres, startPostgres } from './postgres';

async function query(url: string, sql: string) {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

describe('a Postgres of our own', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'multitask-postgres-'))));
  afterEach(async () => {
    await removePostgres(folder);
    await rm(folder, { recursive: true, force: true });
  });

  it('keeps its data over a kill, a stale lock file and a new start', async () => {
    const first = await startPostgres({ dataDir: folder, database: 'multitask' });
    await query(first.url, 'create table kept as select 42 as answer');
    first.child.kill('SIGKILL');
    await first.child.exited;
    // A number that belongs to another program by now: this test.
    const lock = join(first.location, 'postmaster.pid');
    await writeFile(lock, (await readFile(lock, 'utf8')).replace(/^\d+/, String(process.pid)));

    const second = await startPostgres({ dataDir: folder, database: 'multitask' });
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await second.stop();
  });

  it('refuses data that another Postgres is using, and says so', async () => {
    const first = await startPostgres({ dataDir: folder });
    await expect(startPostgres({ dataDir: folder })).rejects.toThrow(/is in use by a running Postgres \(process \d+\)/);
    await first.stop();
  });

  it('makes its data anew when a start was stopped while making it', async () => {
    await mkdir(join(folder, 'cluster'), { recursive: true });
    await writeFile(join(folder, 'cluster', 'PG_VERSION'), '17\n');
    const server = await startPostgres({ dataDir: folder });
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.stop();
  });

  it('lets nobody in without the password', async () => {
    const server = await startPostgres({ dataDir: folder });
    await expect(query(server.url.replace(/:[^:@/]+@/, ':guess@'), 'select 1')).rejects.toThrow(
      /authentication failed/,
    );
    await server.stop();
  });

  asRoot('as root', () => {
    it('runs as another user, and moves data to where that user may enter', async () => {
      const closed = join(folder, 'closed');
      const dataDir = join(closed, 'data');
      await mkdir(closed, { mode: 0o700 });
      const first = await startPostgres({ dataDir });
      expect(first.location.startsWith(folder)).toBe(false);
      expect(first.notice).toContain(first.location);
      expect((await query(first.url, 'create table kept as select 1 as n; select n from kept')) ?? []).toBeDefined();
      await first.stop();

      const second = await startPostgres({ dataDir });
      expect(second.location).toBe(first.location);
      expect(await query(second.url, 'select n from kept')).toEqual([{ n: 1 }]);
      await second.stop();
      await removePostgres(dataDir);
    });
  });
});
