// npm run verify: everything beside `npm test` that a change must pass: format, lint, types, lockfile, docs and a short chaos run.
// Runs all checks, then says which failed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root } from '../local/install.mjs';
import { node24, withNode24 } from '../local/node24.mjs';

ensureInstalled();
const node = node24();
const installed = (name) => join(root, 'node_modules', name);

const checks = [
  [
    'format',
    [
      installed('prettier/bin/prettier.cjs'),
      '--check',
      '--cache',
      '--cache-location',
      'node_modules/.cache/prettier-verify',
      '--log-level',
      'warn',
      '.',
    ],
  ],
  ['lint and layers', [installed('oxlint/bin/oxlint'), '--quiet', '--format=unix']],
  ['types', [installed('typescript/bin/tsc'), '-p', 'tsconfig.json']],
  ['types of what browsers run', [installed('typescript/bin/tsc'), '-p', 'tsconfig.browser.json']],
  ['lockfile', [join(root, 'deploy/checks/lockfile.mjs'), '--check']],
  ['package graph', [join(root, 'deploy/checks/package-graph.mjs')]],
  ['docs', [join(root, 'deploy/checks/docs.mjs')]],
];
if (existsSync(join(root, 'test/chaos'))) checks.push(['short chaos', [join(root, 'test/chaos/run.mjs'), '--short']]);

const failed = [];
for (const [name, args] of checks) {
  const since = Date.now();
  const { status, stdout, stderr, error } = spawnSync(node, args, {
    cwd: root,
    env: withNode24(node),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const ok = status === 0;
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - since) / 1000).toFixed(1)} s)`);
  if (ok) continue;
  failed.push(name);
  console.log(`${error?.message ?? ''}${stdout}${stderr}`.trimEnd());
}
if (failed.length > 0) console.error(`Failed: ${failed.join(', ')}`);
process.exit(failed.length > 0 ? 1 : 0);
