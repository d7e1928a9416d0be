import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');

interface Package {
  readonly layer: string;
  readonly uses?: string;
  readonly dependencies?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

/** A small house with one fault in it, judged by the rules of the real one. */
describe('the layer rules', () => {
  let house: string;
  beforeEach(async () => void (house = await mkdtemp(join(tmpdir(), 'multitask-lint-'))));
  afterEach(() => rm(house, { recursive: true, force: true }));

  async function build(packages: Readonly<Record<string, Package>>): Promise<void> {
    for (const [folder, { layer, uses, dependencies = [], files = {} }] of Object.entries(packages)) {
      const manifest = {
        name: `@multitask/${folder.split('/')[1]}`,
        dependencies: Object.fromEntries(dependencies.map((name) => [name, '0.1.0'])),
        nx: { tags: [`layer:${layer}`, ...(uses ? [`uses:${uses}`] : [])] },
      };
      const all = { 'package.json': JSON.stringify(manifest), ...files };
      for (const [name, text] of Object.entries(all)) {
        const file = join(house, folder, name);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
      }
    }
  }

  function complaints(): string {
    const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
    const args = [oxlint, '-c', join(root, '.oxlintrc.json'), '--format=unix', '--quiet', house];
    return spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout;
  }

  const contracts: Package = { layer: 'pure', files: { 'src/index.ts': 'export const one = 1;\n' } };
  const platform: Package = { layer: 'adapter', files: { 'src/index.ts': 'export const two = 2;\n' } };
  const pure = (code: string): Record<string, Package> => ({
    'libs/contracts': contracts,
    'libs/platform': platform,
    'libs/rules': {
      layer: 'pure',
      dependencies: ['@multitask/contracts', '@multitask/platform', 'zod', 'undici'],
      files: { 'src/index.ts': `${code}\n`, 'src/other.ts': 'export const three = 3;\n' },
    },
  });

  it('let good code pass', async () => {
    await build(
      pure(
        `import { one } from '@multitask/contracts';
         import { z } from 'zod';
         import { three } from './other';
         export const at = (time: number) => ({ date: new Date(time), fetch: one, process: three, schema: z.string() });`,
      ),
    );
    expect(complaints()).toBe('');
  });

  it.each([
    ['the clock', 'export const at = Date.now();', 'Date.now'],
    ['the clock by another door', 'export const at = new Date();', 'new Date()'],
    ['randomness', 'export const dice = Math.random();', 'Math.random'],
    ['the network', "export const page = fetch('https://example.com');", 'fetch'],
    ['the environment', 'export const home = process.env.HOME;', 'process'],
    ['timers', 'setTimeout(() => undefined, 1);', 'setTimeout'],
    ['I/O of Node', "import { readFileSync } from 'node:fs';\nexport { readFileSync };", 'node:fs'],
    ['I/O of Node without its prefix', "export { readFileSync } from 'fs';", 'fs'],
    ['a library that does I/O', "export { request } from 'undici';", 'undici'],
    ['an adapter', "export { two } from '@multitask/platform';", '@multitask/platform'],
    ['an adapter, loaded late', "export const late = () => import('@multitask/platform');", '@multitask/platform'],
    ['a package through a path', "export { two } from '../../platform/src/index';", 'leads into another package'],
    [
      'the inside of a package',
      "export { one } from '@multitask/contracts/src/index';",
      'what a package offers is in its index',
    ],
    [
      'a contract suite, outside of specs',
      "export { one } from '@multitask/contracts/contract';",
      'what a package offers is in its index',
    ],
  ])('keep a pure package away from %s', async (_, code, complaint) => {
    await build(pure(code));
    expect(complaints()).toContain(complaint);
  });

  it('keep services apart, except where they are put together', async () => {
    const importsOther = { 'src/index.ts': "export { run } from '@multitask/other';\n" };
    await build({
      'services/other': { layer: 'service', files: { 'src/index.ts': 'export const run = 1;\n' } },
      'services/one': { layer: 'service', dependencies: ['@multitask/other'], files: importsOther },
      'services/house': { layer: 'composition', dependencies: ['@multitask/other'], files: importsOther },
    });
    expect(complaints().match(/services\/\w+/g)).toEqual(['services/one']);
  });

  it('let an adapter use another only when its package says so', async () => {
    const files = { 'src/index.ts': "export { log } from '@multitask/log';\n" };
    await build({
      'libs/log': { layer: 'adapter', files: { 'src/index.ts': 'export const log = 1;\n' } },
      'libs/quiet': { layer: 'adapter', dependencies: ['@multitask/log'], files },
      'libs/said': { layer: 'adapter', uses: 'log', dependencies: ['@multitask/log'], files },
    });
    expect(complaints().match(/libs\/\w+\/src/g)).toEqual(['libs/quiet/src']);
  });

  it('find a package that is used and not declared', async () => {
    await build({ 'libs/one': { layer: 'adapter', files: { 'src/index.ts': "export { Agent } from 'undici';\n" } } });
    expect(complaints()).toContain('undici is not in the dependencies of @multitask/one');
  });

  it('find files that import one another', async () => {
    await build({
      'libs/one': {
        layer: 'pure',
        files: {
          'src/a.ts': "import { b } from './b';\nexport const a = () => b;\n",
          'src/b.ts': "import { a } from './a';\nexport const b = () => a;\n",
        },
      },
    });
    expect(complaints()).toContain('no-cycle');
  });

  it('say when a file has grown beyond what one can read at once', async () => {
    await build({ 'libs/one': { layer: 'pure', files: { 'src/index.ts': 'export {};\n'.repeat(301) } } });
    expect(complaints()).toContain('max-lines');
  });
});
