// npm run test:cluster: the chart on a real Kubernetes. See docs/deployment.md. Node 24 runs the TypeScript beside this file once
// imports without an extension are found.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from '../../deploy/local/install.mjs';
import { node24, withNode24 } from '../../deploy/local/node24.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const tests = resolve(here, '..');

if (!process.argv.includes('--inside')) ensureInstalled();
const node = node24();
if (Number(process.versions.node.split('.')[0]) < 24) {
  const again = spawnSync(node, process.argv.slice(1), { stdio: 'inherit', env: withNode24(node) });
  process.exit(again.status ?? 1);
}

// Only here: an older Node, which has just started the right one, does not know it.
const { registerHooks } = await import('node:module');
registerHooks({
  resolve(specifier, context, next) {
    const isOurs = specifier.startsWith('.') && context.parentURL?.startsWith(`file://${tests}`);
    if (!isOurs || !existsSync(new URL(`${specifier}.ts`, context.parentURL))) return next(specifier, context);
    return { url: new URL(`${specifier}.ts`, context.parentURL).href, format: 'module-typescript', shortCircuit: true };
  },
});

const [first, order] = process.argv.slice(2);
if (first === '--inside') {
  // Started by a step, in the cluster's network.
  const { runInside } = await import('./inside');
  process.exit(await runInside(JSON.parse(order)));
}
const { testCluster } = await import('./cluster');
process.exitCode = await testCluster(process.argv.slice(2), { root: resolve(tests, '..'), node });
