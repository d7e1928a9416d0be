// Compiles packages from src/ to dist/ with swc; types are checked apart by `npm run typecheck`.
//   node compile.mjs            every package of the workspace
//   node compile.mjs <folder>…  only these
// Files whose output is newer are left alone: a second run over all packages takes 0.3 s instead of 2 s.
import { transformFile } from '@swc/core';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const isTest = (file) => /\.(spec|contract)\.ts$|\/src\/testing\//.test(file);

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

async function isFresh(source, output) {
  const [from, to] = await Promise.all([stat(source), stat(output).catch(() => undefined)]);
  return to !== undefined && to.mtimeMs >= from.mtimeMs;
}

async function compileFile(source, output) {
  if (await isFresh(source, output)) return false;
  await mkdir(dirname(output), { recursive: true });
  if (extname(source) !== '.ts') {
    await copyFile(source, output);
    return true;
  }
  const { code, map } = await transformFile(source, { cwd: root, configFile: join(root, '.swcrc') });
  await replaceFile(`${output}.map`, map ?? '');
  await replaceFile(output, `${code}\n//# sourceMappingURL=${output.split('/').pop()}.map\n`);
  return true;
}

/** Two starts may compile at once: a reader sees the old file or the new one, never half of it. */
async function replaceFile(file, text) {
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, text);
  await rename(temporary, file);
}

async function removeOrphans(dist, expected) {
  if (!existsSync(dist)) return;
  for (const file of await filesOf(dist))
    if (!expected.has(file.replace(/(\.map)?(\.\d+)?$/, ''))) await rm(file, { force: true });
}

export async function compilePackage(folder) {
  const src = join(folder, 'src');
  const dist = join(folder, 'dist');
  const sources = (await filesOf(src)).filter((file) => !isTest(file) && !file.endsWith('.d.ts'));
  const outputs = sources.map((file) => join(dist, relative(src, file)).replace(/\.ts$/, '.js'));
  await removeOrphans(dist, new Set(outputs));
  const compiled = await Promise.all(sources.map((file, i) => compileFile(file, outputs[i])));
  return compiled.filter(Boolean).length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const named = process.argv.slice(2).map((folder) => resolve(folder));
  const folders = named.length > 0 ? named : await packageFolders();
  await Promise.all(folders.map(compilePackage));
}
