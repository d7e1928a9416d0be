// Makes a package that others can install out of one whose libs live in this workspace. Before `npm pack` it puts the libs into the
// package's own node_modules and says in its package.json that they are bundled; afterwards it takes both back. (A workspace that
// says so all the time cannot be locked: npm 11 then looks for its dependents' copies outside the repository.)
//   node bundle-libs.mjs add|remove      in the folder of the package; npm runs it as prepack and postpack
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
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
if (process.argv[2] === 'remove') writeManifest(packageFolder, manifest);
else {
  await compilePackage(packageFolder);
  const libs = Object.keys(manifest.dependencies).filter((name) => name.startsWith('@multitask/'));
  for (const name of libs) await bundle(name);
  writeManifest(packageFolder, { ...manifest, bundleDependencies: libs });
}

async function bundle(name) {
  const source = join(root, 'libs', name.slice('@multitask/'.length));
  const target = join(bundled, name);
  await compilePackage(source);
  mkdirSync(target, { recursive: true });
  // Sources and their maps stay at home: half the size.
  cpSync(join(source, 'dist'), join(target, 'dist'), {
    recursive: true,
    filter: (file) => !file.endsWith('.map') && !file.endsWith('.compiler'),
  });
  const { version, license, main, dependencies } = readManifest(source);
  writeManifest(target, { name, version, license, main, dependencies });
}
