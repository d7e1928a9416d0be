import { freePort } from '@multitask/local-infrastructure';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { startStandalone, type Standalone } from './standalone.process';
import { finished } from './task-group.client';

const examples = resolve(__dirname, '../../docs/examples');
const documentedOrigin = 'http://127.0.0.1:8080';

describe('the commands that the README shows', () => {
  let house: Standalone;
  beforeAll(async () => {
    house = await startStandalone({ emulatorPort: await freePort() });
  }, 300_000);
  afterAll(() => house?.stop());

  /** Runs the very script the README shows, against this test's port. */
  async function run(name: string, env: Record<string, string> = {}): Promise<string> {
    const script = (await readFile(join(examples, name), 'utf8')).replaceAll(documentedOrigin, house.origin);
    const { stdout } = await promisify(execFile)('bash', ['-euc', script], {
      cwd: house.dataDir,
      env: { PATH: process.env.PATH, ...env },
    });
    return stdout;
  }

  test('create.sh prints a URL, and follow.sh shows its rows until the group is completed', async () => {
    const url = (await run('create.sh')).trim();
    expect(url).toMatch(/\/tgrp_[0-9a-f]{32}$/);
    const stream = await run('follow.sh', { URL: url });
    expect(stream).toContain('event: task_group.completed');
    const result = await finished(url);
    expect(result.results.map((row) => row.capital)).toEqual(['Paris', 'Tokyo', 'Nairobi']);
    expect(Object.keys(result.results[0]!)).toEqual(
      expect.arrayContaining(['$id', '$status', 'country', 'capital', 'region']),
    );
  });

  test('upload.sh sends a CSV file', async () => {
    await writeFile(join(house.dataDir, 'countries.csv'), 'country\nPeru\nGhana\n');
    const result = await finished((await run('upload.sh')).trim());
    expect(result.results).toMatchObject([
      { country: 'Peru', capital: 'Lima' },
      { country: 'Ghana', capital: 'Accra' },
    ]);
  });
});
