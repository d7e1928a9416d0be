// npm run bench: what the product costs beside the least that could do the same. See docs/benchmarks.md.
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { node24, withNode24 } from '../../deploy/local/node24.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const node = node24();
if (Number(process.versions.node.split('.')[0]) < 24) {
  const again = spawnSync(node, process.argv.slice(1), { stdio: 'inherit', env: withNode24(node) });
  process.exit(again.status ?? 1);
}
if (!process.argv.includes('--no-build')) {
  const built = spawnSync(node, [join(root, 'deploy/build/compile.mjs')], { cwd: root, stdio: ['ignore', 2, 2] });
  if (built.status !== 0) process.exit(1);
}

// Only here: an older Node, which has just started the right one, does not know it.
await import('./typescript.hook.mjs');
const { runBench } = await import('./bench.ts');
process.exitCode = await runBench(
  process.argv.slice(2).filter((argument) => argument !== '--no-build'),
  root,
);
