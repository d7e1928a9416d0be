// Which package needs which, read from their package.json files.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';

/** `{ name, folder, needs }` of every package in libs/ and services/; names without the scope. */
export function readPackages() {
  return ['libs', 'services'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => {
      const { dependencies = {} } = JSON.parse(readFileSync(join(root, group, name, 'package.json'), 'utf8'));
      const needs = Object.keys(dependencies)
        .filter((dependency) => dependency.startsWith('@multitask/'))
        .map((dependency) => dependency.slice('@multitask/'.length));
      return { name, folder: join(root, group, name), isService: group === 'services', needs };
    }),
  );
}

/** The services that run code of `changed`, directly or through other packages. */
export function servicesUsing(changed, packages = readPackages()) {
  const using = new Set([changed]);
  for (let size = 0; size !== using.size;) {
    size = using.size;
    for (const { name, needs } of packages) if (needs.some((need) => using.has(need))) using.add(name);
  }
  return packages
    .filter(({ name, isService }) => isService && name !== 'standalone' && using.has(name))
    .map(({ name }) => name);
}
