// The layer rules of the house, for oxlint. A package names its layer in package.json under nx.tags:
//   layer:pure         contracts and rules; no clock, randomness, network, Nest
//   layer:adapter      one outside world each; uses pure packages and platform
//   layer:service      wiring; uses libs, never another service
//   layer:composition  puts services together
//   layer:test         for specs alone
//   uses:<lib>         one more lib than the layer allows, said aloud
import { isBuiltin, isTest, layerOf, packageName, packageOf } from './packages.mjs';

/** Libraries that compute and nothing else. */
const pureLibraries = new Set(['ajv', 'ajv-formats', 'zod']);

const allowedLayers = {
  pure: ['pure'],
  adapter: ['pure'],
  service: ['pure', 'adapter'],
  composition: ['pure', 'adapter', 'service'],
  test: ['pure', 'adapter', 'service'],
};

/** Why a file of `from` may not import `specifier`, or undefined. */
export function complaintAbout(specifier, from, file) {
  if (specifier.startsWith('.')) return complaintAboutPath(specifier, from, file);
  const name = packageName(specifier);
  const test = isTest(file);
  if (isBuiltin(specifier))
    return from.layer === 'pure' && !test ? `a pure package does no I/O: ${specifier}` : undefined;
  if (!name.startsWith('@multitask/')) {
    if (test) return undefined;
    if (from.layer === 'pure' && !pureLibraries.has(name))
      return `a pure package uses pure libraries alone, not ${name}`;
    return from.dependencies.has(name) ? undefined : `${name} is not in the dependencies of ${from.name}`;
  }
  // A contract suite is written once and run by the specs of every adapter.
  const offered = specifier === name || (test && specifier === `${name}/contract`);
  if (!offered) return `${specifier}: what a package offers is in its index`;
  if (name === from.name) return `${name} imports itself by name`;
  const layer = layerOf(name, from);
  if (test)
    return layer === 'service' && name !== '@multitask/parallel-emulator' && from.layer !== 'composition'
      ? `a service knows no other service: ${name}`
      : undefined;
  if (!from.dependencies.has(name)) return `${name} is not in the dependencies of ${from.name}`;
  if (name === '@multitask/platform' && ['adapter', 'service', 'composition'].includes(from.layer)) return undefined;
  if (from.uses.includes(name) || allowedLayers[from.layer]?.includes(layer)) return undefined;
  return `a package of layer ${from.layer} may not import ${name} (layer ${layer})`;
}

function complaintAboutPath(specifier, from, file) {
  const target = new URL(specifier, `file://${file}`).pathname;
  if (!target.startsWith(from.folder)) return `${specifier} leads into another package: import it by name`;
  return !isTest(file) && isTest(`${target}.ts`) ? `${specifier} is a test` : undefined;
}

const imports = {
  create(context) {
    const from = packageOf(context.filename);
    if (!from?.layer || !context.filename.startsWith(`${from.folder}src`)) return {};
    const check = (node) => {
      if (typeof node?.value !== 'string') return;
      const complaint = complaintAbout(node.value, from, context.filename);
      if (complaint) context.report({ node, message: complaint });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      CallExpression: (node) =>
        node.callee.type === 'Identifier' && node.callee.name === 'require' && check(node.arguments[0]),
    };
  },
};

const ambientGlobals = new Set([
  'fetch',
  'process',
  'performance',
  'crypto',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'console',
]);

/** In a pure package the time and everything random come in as arguments. */
const ambient = {
  create(context) {
    if (packageOf(context.filename)?.layer !== 'pure' || isTest(context.filename)) return {};
    const report = (node, what) =>
      context.report({ node, message: `a pure package takes this as an argument: ${what}` });
    return {
      Identifier(node) {
        if (!ambientGlobals.has(node.name)) return;
        const { parent } = node;
        const isName =
          (parent.type === 'MemberExpression' && parent.property === node && !parent.computed) ||
          (parent.key === node && !parent.computed && !parent.shorthand);
        if (!isName && parent.type !== 'PropertySignature' && !parent.type.startsWith('TS')) report(node, node.name);
      },
      MemberExpression(node) {
        const name =
          node.object.type === 'Identifier' &&
          node.property.type === 'Identifier' &&
          `${node.object.name}.${node.property.name}`;
        if (name === 'Date.now' || name === 'Math.random') report(node, name);
      },
      NewExpression: (node) => node.callee.name === 'Date' && node.arguments.length === 0 && report(node, 'new Date()'),
      CallExpression: (node) => node.callee.name === 'Date' && report(node, 'Date()'),
    };
  },
};

export default { meta: { name: 'layers' }, rules: { imports, ambient } };
