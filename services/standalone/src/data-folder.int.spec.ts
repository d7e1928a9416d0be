import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataFolderInUse, openDataFolder } from './data-folder';
import { loadSecrets } from './secrets';

describe('the data folder', () => {
  let path: string;
  beforeEach(async () => void (path = await mkdtemp(join(tmpdir(), 'multitask-data-'))));
  afterEach(() => rm(path, { recursive: true, force: true }));

  it('belongs to one running start', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'standalone/dist/main.js']);
    await writeFile(join(path, 'standalone.pid'), `${other.pid}\n`);
    await expect(openDataFolder(path, { reset: false })).rejects.toThrow(DataFolderInUse);
    other.kill();
  });

  it.each([
    ['a process that is gone', '4194300'],
    ['another program by now', String(process.ppid)],
    ['nothing at all', ''],
  ])('is free when its lock names %s', async (_, pid) => {
    await writeFile(join(path, 'standalone.pid'), pid);
    const folder = await openDataFolder(path, { reset: false });
    expect(await readFile(join(path, 'standalone.pid'), 'utf8')).toBe(`${process.pid}\n`);
    folder.release();
    expect(existsSync(join(path, 'standalone.pid'))).toBe(false);
  });

  it('is emptied by a reset of what starts keep there, and of nothing else', async () => {
    await writeFile(join(path, 'thesis.txt'), 'years of work');
    await mkdir(join(path, 'nats/jetstream'), { recursive: true });
    await writeFile(join(path, 'secrets.json'), '{}');
    await openDataFolder(path, { reset: true });
    expect(existsSync(join(path, 'nats/jetstream'))).toBe(false);
    expect(existsSync(join(path, 'secrets.json'))).toBe(false);
    expect(await readFile(join(path, 'thesis.txt'), 'utf8')).toBe('years of work');
  });

  it('keeps the secrets of the first start, for its owner alone', async () => {
    const file = join(path, 'secrets.json');
    const first = loadSecrets(file, {});
    expect(Buffer.from(first.vaultMasterKey, 'base64')).toHaveLength(32);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(loadSecrets(file, {})).toEqual(first);
    expect(loadSecrets(file, { OPERATOR_TOKEN: 'mine' })).toEqual({ ...first, operatorToken: 'mine' });
  });
});
