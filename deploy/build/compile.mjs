// Compiles packages from src/ to dist/ with swc; types are checked apart by `npm run typecheck`.
//   node compile.mjs            every package of the workspace
//   node compile.mjs <folder>…  only these
// What is compiled already is left alone: a second run over all packages takes 0.3 s instead of 2 s.
import { transformFile, version } from '@swc/core';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const settings = join(root, '.swcrc');
const isTest = (file) => /\.(spec|contract)\.ts$|\/src\/testing\//.test(file);

/** Served as they are: a browser loads module by module, so nothing is bundled. */
const isForBrowsers = (file) => /\/src\/assets\//.test(file);
const browserModule = {
  configFile: false,
  swcrc: false,
  jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
  module: { type: 'es6' },
};
/** Sources name modules without extension; a browser needs the whole address. */
const withExtensions = (code) => code.replace(/(\bfrom |\bimport )(['"])(\.{1,2}\/[^'"]+)\2/g, '$1$2$3.js$2');

/**
 * What pages take from pure libraries, so that a browser judges by the very code the service judges by: `borrowed.json` names
 * the modules, which must import nothing but one another. In a browser `@multitask/<lib>` is those modules alone.
 */
async function borrowedModules(folder) {
  const list = join(folder, 'src/assets/borrowed.json');
  if (!existsSync(list)) return [];
  const libraries = Object.entries(JSON.parse(await readFile(list, 'utf8')));
  return libraries.flatMap(([library, names]) => [
    { source: list, output: join('assets/lib', `${library}.js`), index: names.map((name) => `./${library}/${name}`) },
    ...names.map((name) => ({
      source: join(root, 'libs', library, 'src', `${name}.ts`),
      output: join('assets/lib', library, `${name}.js`),
      isBorrowed: true,
    })),
  ]);
}

const borrowing = (code, output) =>
  code.replace(/(\bfrom )(['"])@multitask\/([a-z-]+)\2/g, (_all, from, quote, library) => {
    const folder = `${output.slice(0, output.lastIndexOf('/assets/'))}/assets/lib`;
    const path = relative(dirname(output), join(folder, library));
    return `${from}${quote}${path.startsWith('.') ? path : `./${path}`}${quote}`;
  });

/** Output of another compiler or other settings is stale, whatever its time. */
const compiler = createHash('sha256')
  .update(version)
  .update(readFileSync(settings))
  .update(readFileSync(fileURLToPath(import.meta.url)))
  .digest('hex');
const compilerFile = '.compiler';

async function packageFolders() {
  const groups = await Promise.all(
    ['libs', 'services'].map(async (group) =>
      (await readdir(join(root, group), { withFileTypes: true }))
        .filter((entry) => entry.isDirectory() && existsSync(join(root, group, entry.name, 'package.json')))
        .map((entry) => join(root, group, entry.name)),
    ),
  );
  return groups.flat();
}

async function filesOf(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** An output carries the time of the source it was made from: also an older source that was put back is noticed. */
async function isFresh(source, output) {
  const [from, to] = await Promise.all([stat(source), stat(output).catch(() => undefined)]);
  return to !== undefined && Math.abs(to.mtimeMs - from.mtimeMs) < 2;
}

async function compileFile({ source, output, index, isBorrowed }) {
  if (await isFresh(source, output)) return false;
  const { atime, mtime } = await stat(source);
  await mkdir(dirname(output), { recursive: true });
  const write = async (file, produce) => {
    // Two starts may compile at once: a reader sees the old file or the new one, never half of it.
    const temporary = `${file}.${process.pid}`;
    await produce(temporary);
    await utimes(temporary, atime, mtime);
    await rename(temporary, file);
  };
  if (index) {
    const text = index.map((name) => `export * from '${name}.js';\n`).join('');
    await write(output, (file) => writeFile(file, text));
    return true;
  }
  if (extname(source) !== '.ts') {
    await write(output, (file) => copyFile(source, file));
    return true;
  }
  if (isBorrowed || isForBrowsers(source)) {
    // A library's sources need not say of each import whether it is a type.
    const transform = { verbatimModuleSyntax: !isBorrowed };
    const { code } = await transformFile(source, {
      cwd: root,
      ...browserModule,
      jsc: { ...browserModule.jsc, transform },
    });
    await write(output, (file) => writeFile(file, withExtensions(borrowing(code, output))));
    return true;
  }
  const { code, map } = await transformFile(source, { cwd: root, configFile: settings });
  await write(`${output}.map`, (file) => writeFile(file, map ?? ''));
  await write(output, (file) => writeFile(file, `${code}\n//# sourceMappingURL=${output.split('/').pop()}.map\n`));
  return true;
}

async function removeOrphans(dist, expected) {
  for (const file of await filesOf(dist))
    if (!expected.has(file.replace(/(\.map)?(\.\d+)?$/, ''))) await rm(file, { force: true });
}

async function prepare(dist) {
  const stamp = join(dist, compilerFile);
  if ((await readFile(stamp, 'utf8').catch(() => '')) === compiler) return;
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  await writeFile(stamp, compiler);
}

/** Compiles one package; gives the number of files that had changed. */
export async function compilePackage(folder) {
  const src = join(folder, 'src');
  const dist = join(folder, 'dist');
  await prepare(dist);
  const sources = (await filesOf(src)).filter((file) => !isTest(file) && !file.endsWith('.d.ts'));
  const own = sources.map((source) => ({ source, output: relative(src, source).replace(/\.ts$/, '.js') }));
  const files = [...own, ...(await borrowedModules(folder))].map((file) => ({
    ...file,
    output: join(dist, file.output),
  }));
  await removeOrphans(dist, new Set([...files.map(({ output }) => output), join(dist, compilerFile)]));
  const compiled = await Promise.all(files.map(compileFile));
  return compiled.filter(Boolean).length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const named = process.argv.slice(2).map((folder) => resolve(folder));
  const folders = named.length > 0 ? named : await packageFolders();
  await Promise.all(folders.map(compilePackage));
}
