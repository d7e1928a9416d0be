// npm run chaos: kills, freezes and everybody's account of it. See docs/chaos.md. Needs no build of its own: Node 24 runs the
// TypeScript beside this file once imports without an extension are found.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onEnd } from '../../deploy/local/lifetime.mjs';
import { node24, withNode24 } from '../../deploy/local/node24.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');

const node = node24();
if (Number(process.versions.node.split('.')[0]) < 24) {
  const again = spawn(node, process.argv.slice(1), { stdio: 'inherit', env: withNode24(node) });
  onEnd((signal) => again.kill(signal));
  const code = await new Promise((resolve) => again.once('exit', (status) => resolve(status ?? 1)));
  process.exit(code);
}
if (!process.argv.includes('--no-build')) {
  const built = spawnSync(node, [join(root, 'deploy/build/compile.mjs')], { cwd: root, stdio: ['ignore', 2, 2] });
  if (built.status !== 0) process.exit(1);
}

// Only here: an older Node, which has just started the right one, does not know it.
const { registerHooks } = await import('node:module');
registerHooks({
  resolve(specifier, context, next) {
    const isOurs = specifier.startsWith('.') && context.parentURL?.startsWith(`file://${here}`);
    if (!isOurs || !existsSync(new URL(`${specifier}.ts`, context.parentURL))) return next(specifier, context);
    return { url: new URL(`${specifier}.ts`, context.parentURL).href, format: 'module-typescript', shortCircuit: true };
  },
});

const { runChaos } = await import('./chaos');
process.exitCode = await runChaos(
  process.argv.slice(2).filter((argument) => argument !== '--no-build'),
  { root, onEnd },
);
