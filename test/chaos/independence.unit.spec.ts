import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';

/** Drivers and parsers that anybody could use; nothing that knows the product. */
const allowed = new Set(['@nats-io/jetstream', '@nats-io/transport-node', 'eventsource-parser', 'pg', 'fast-check']);

const files = readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
  // This file speaks of imports that it has not.
  .filter((file) => /\.m?ts$/.test(file) && file !== 'independence.unit.spec.ts')
  .map((file) => join(__dirname, file));

const importsOf = (text: string): string[] =>
  [...text.matchAll(/(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*'([^']+)'/g)].map(([, specifier]) => specifier!);

it('finds the imports of a file', () => {
  const text =
    "import a from 'a';\nimport type { B } from './b';\nexport * from '../c';\nawait import('d'); require('e'); import 'f';";
  expect(importsOf(text)).toEqual(['a', './b', '../c', 'd', 'e', 'f']);
});

// An account that computes with the product's own code would agree with its mistakes.
it.each(files.map((file) => [relative(__dirname, file), file]))('%s uses nothing of the product', (_, file) => {
  const strangers = importsOf(readFileSync(file, 'utf8')).filter((specifier) => {
    if (specifier.startsWith('.')) return !resolve(dirname(file), specifier).startsWith(__dirname);
    return !specifier.startsWith('node:') && !builtinModules.includes(specifier) && !allowed.has(specifier);
  });
  expect(strangers).toEqual([]);
});
