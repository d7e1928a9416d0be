import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = resolve(__dirname, '../..');

/** Uses everything that a page would, in Node: the modules for browsers name nothing of Node. */
const inModules = `
import { MultitaskClient, GroupView, verifyWebhook } from '../client/esm/dist/index.js';
const client = new MultitaskClient({ origin: 'http://127.0.0.1:1', patienceMs: 0 });
const code = await client.limits().catch((error) => error.code);
console.log(code, typeof GroupView, typeof verifyWebhook);
`;
const inNode = `
const { MultitaskClient } = require('@multitask/client');
import('@multitask/client').then(({ MultitaskError, MultitaskClient: again }) =>
  console.log(typeof MultitaskError, again === MultitaskClient));
`;
const typed = `
import { MultitaskClient, type CreateRequest, type FlatRow } from '@multitask/client';
const request: CreateRequest = { inputs: [{ country: 'France' }], processor: 'lite' };
export async function rows(client: MultitaskClient): Promise<FlatRow[]> {
  const { group } = await client.create(request);
  const found: FlatRow[] = [];
  for await (const row of group.rows()) found.push(row);
  // @ts-expect-error: no such field
  await client.create({ inputs: [], procesor: 'lite' });
  return found;
}
`;

/** As a page's author would have it: no types of Node. */
const settings = {
  compilerOptions: {
    module: 'nodenext',
    strict: true,
    noEmit: true,
    lib: ['es2024', 'dom', 'dom.asynciterable'],
    types: [],
  },
  files: ['typed.ts'],
};

describe('the packages for others', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'multitask-packed-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are packed, install into an empty folder without a registry, and run', async () => {
    const workspaces = ['@multitask/client', '@multitask/multitask-command'].flatMap((name) => ['-w', name]);
    await run('npm', ['pack', '--silent', ...workspaces, '--pack-destination', folder], { cwd: root });
    const archives = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    expect(archives.sort()).toEqual(['multitask-client-0.1.0.tgz', 'multitask-multitask-command-0.1.0.tgz']);

    await writeFile(join(folder, 'package.json'), '{ "private": true }');
    const offline = ['--offline', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['install', ...offline, ...archives.map((name) => `./${name}`)], { cwd: folder });
    const inFolder = (file: string, args: string[] = []) => run(file, args, { cwd: folder });

    await writeFile(join(folder, 'node.cjs'), inNode);
    expect((await inFolder(process.execPath, ['node.cjs'])).stdout).toBe('function true\n');
    const modules = join(folder, 'node_modules/@multitask/page.mjs');
    await writeFile(modules, inModules.replaceAll('../client', './client'));
    expect((await inFolder(process.execPath, [modules])).stdout).toBe('unreachable function function\n');

    await writeFile(join(folder, 'typed.ts'), typed);
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    await inFolder(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.']);

    const { stdout } = await inFolder(join(folder, 'node_modules/.bin/multitask'), ['--help']);
    expect(stdout).toContain('multitask run');
  }, 240_000);
});
