import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNatsServer } from './nats-server.finder';

describe('finding a NATS server', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'multitask-find-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function pretendServer(path: string, version: string): Promise<void> {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, `#!/bin/sh\necho nats-server: v${version}\n`);
    await chmod(path, 0o755);
  }
  const cached = () => join(folder, 'cache', 'nats-server', `${process.platform}-${process.arch}`, 'nats-server');
  const find = (failures: string[]) =>
    findNatsServer({
      env: { PATH: join(folder, 'bin'), MULTITASK_CACHE_DIR: join(folder, 'cache') },
      onFailure: (sentence) => failures.push(sentence),
    });

  it('takes the one on PATH first', async () => {
    await pretendServer(join(folder, 'bin/nats-server'), '2.12.3');
    await pretendServer(cached(), '2.15.1');
    await expect(find([])).resolves.toMatchObject({ version: '2.12.3', source: 'on PATH' });
  });

  it('passes over one that is too old, and says why', async () => {
    await pretendServer(join(folder, 'bin/nats-server'), '2.10.27');
    await pretendServer(cached(), '2.15.1');
    const failures: string[] = [];
    await expect(find(failures)).resolves.toMatchObject({ version: '2.15.1', source: 'in the cache' });
    expect(failures).toEqual(['on PATH: it is 2.10.27, and 2.12 is the oldest that works']);
  });

  it('takes the one that is named, or none', async () => {
    const named = join(folder, 'mine');
    await pretendServer(named, '2.9.10');
    await expect(findNatsServer({ env: { NATS_SERVER: named } })).rejects.toThrow(/NATS_SERVER: it is 2\.9\.10/);
  });
});
