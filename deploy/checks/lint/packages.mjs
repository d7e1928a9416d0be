// What a file's own package.json says of it: its layer, and what it may depend on.
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, sep } from 'node:path';

const packages = new Map();

/** The package a file belongs to, or undefined outside libs/ and services/. */
export function packageOf(file) {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (packages.has(folder)) return packages.get(folder);
    if (!existsSync(join(folder, 'package.json'))) continue;
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const tags = manifest.nx?.tags ?? [];
    const one = {
      name: manifest.name,
      folder: folder + sep,
      layer: tags.find((tag) => tag.startsWith('layer:'))?.slice('layer:'.length),
      uses: tags.filter((tag) => tag.startsWith('uses:')).map((tag) => `@multitask/${tag.slice('uses:'.length)}`),
      dependencies: new Set([
        manifest.name,
        ...Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }),
      ]),
    };
    packages.set(folder, one);
    return one;
  }
  return undefined;
}

/** The layer of a workspace package, found beside the asking one. */
export function layerOf(name, from) {
  const short = name.slice('@multitask/'.length);
  for (const group of ['libs', 'services']) {
    const manifest = join(from.folder, '../..', group, short, 'package.json');
    if (existsSync(manifest)) return packageOf(manifest)?.layer;
  }
  return undefined;
}

/** `zod` of `zod/v4`, `@nats-io/kv` of `@nats-io/kv/x`. */
export const packageName = (specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

export const isBuiltin = (specifier) =>
  specifier.startsWith('node:') || builtinModules.includes(packageName(specifier));

/** Tests, the contracts several implementations are tested with, and what a package keeps for its tests. */
export const isTest = (file) => /\.(spec|contract)\.ts$|\/src\/testing\//.test(file);
