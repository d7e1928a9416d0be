// Makes a package that others can install out of one whose libs live in this workspace. Before `npm pack` it puts the libs into the
// package's own node_modules and says in its package.json that they are bundled; afterwards it takes both back. (A workspace that
// says so all the time cannot be locked: npm 11 then looks for its dependents' copies outside the repository.) Types are sources in
// the workspace and declarations in what is packed, of the package and of its libs, made with its tsconfig.types.json.
//   node bundle-libs.mjs add|remove      in the folder of the package; npm runs it as prepack and postpack
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compilePackage } from './compile.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const packageFolder = process.cwd();
const bundled = join(packageFolder, 'node_modules');

const readManifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const writeManifest = (folder, manifest) =>
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);

rmSync(bundled, { recursive: true, force: true });
const { bundleDependencies: _, ...manifest } = readManifest(packageFolder);
const [sources, declared] = ['src/index.ts', 'dist/index.d.ts'];
if (process.argv[2] === 'remove') writeManifest(packageFolder, { ...manifest, types: sources });
else {
  await compilePackage(packageFolder);
  const types = declarations();
  cpSync(join(types, relative(root, packageFolder), 'src'), join(packageFolder, 'dist'), { recursive: true });
  const libs = Object.keys(manifest.dependencies).filter((name) => name.startsWith('@multitask/'));
  for (const name of libs) await bundle(name, types);
  rmSync(types, { recursive: true });
  const bundles = libs.length > 0 ? { bundleDependencies: libs } : {};
  writeManifest(packageFolder, { ...manifest, types: declared, ...bundles });
}

/** Of everything that the package's types are made of; answers the folder, which is laid out as the repository is. */
function declarations() {
  const folder = mkdtempSync(join(tmpdir(), 'multitask-types-'));
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const settings = join(packageFolder, 'tsconfig.types.json');
  const { status } = spawnSync(process.execPath, [tsc, '-p', settings, '--outDir', folder], {
    stdio: ['ignore', 2, 2],
  });
  if (status === 0) return folder;
  rmSync(folder, { recursive: true });
  throw new Error('the declarations cannot be made');
}

async function bundle(name, types) {
  const source = join(root, 'libs', name.slice('@multitask/'.length));
  const target = join(bundled, name);
  await compilePackage(source);
  mkdirSync(target, { recursive: true });
  // Sources and their maps stay at home: half the size.
  cpSync(join(source, 'dist'), join(target, 'dist'), {
    recursive: true,
    filter: (file) => !file.endsWith('.map') && !file.endsWith('.compiler'),
  });
  // A lib that no type comes from has none.
  const declarationsOfLib = join(types, relative(root, source), 'src');
  if (existsSync(declarationsOfLib)) cpSync(declarationsOfLib, join(target, 'dist'), { recursive: true });
  const { version, license, main, dependencies } = readManifest(source);
  writeManifest(target, { name, version, license, main, types: declared, dependencies });
}
