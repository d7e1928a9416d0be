// What a package needs beside dist/ to be used outside this repository; npm runs it before it packs.
//   node publishable.mjs <folder>
// dist/        for Node, as everywhere in this repository (CommonJS, which `import` reads as well)
// esm/dist/    for browsers: modules that name one another with their extension, nothing bundled
// types/dist/  declarations, made with the package's own tsconfig.json, which knows a browser and no Node
import { transformFile } from '@swc/core';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { compilePackage } from './compile.mjs';

const folder = resolve(process.argv[2] ?? '.');
const src = join(folder, 'src');
const isTest = (file) => /\.(spec|contract)\.ts$|[\\/]src[\\/]testing[\\/]/.test(file);

const settings = {
  configFile: false,
  swcrc: false,
  jsc: { target: 'es2023', parser: { syntax: 'typescript' }, transform: { verbatimModuleSyntax: true } },
  module: { type: 'es6' },
};
const withExtensions = (code) => code.replace(/(\bfrom |\bimport )(['"])(\.{1,2}\/[^'"]+)\2/g, '$1$2$3.js$2');

async function browserModules(out) {
  await rm(out, { recursive: true, force: true });
  const entries = await readdir(src, { withFileTypes: true, recursive: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const file = join(entry.parentPath, entry.name);
    if (!file.endsWith('.ts') || isTest(file)) continue;
    const output = join(out, relative(src, file)).replace(/\.ts$/, '.js');
    const { code } = await transformFile(file, settings);
    await mkdir(dirname(output), { recursive: true });
    await writeFile(output, withExtensions(code));
  }
  // For those who load them in Node all the same.
  await writeFile(join(out, 'package.json'), '{ "type": "module" }\n');
}

function declarations() {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(folder, 'tsconfig.json')], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the declarations cannot be made');
}

await compilePackage(folder);
await browserModules(join(folder, 'esm/dist'));
declarations();
