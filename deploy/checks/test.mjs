// npm test: installs, builds, and runs every tier; `node test.mjs unit [jest options]` runs one.
// Plain Node ≥ 20, nothing from node_modules, so that it works in a clone where nothing is installed yet.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, root } from '../local/install.mjs';
import { node24, withNode24 } from '../local/node24.mjs';

/** One server that every spec file wipes. */
const oneServer = process.env.TEST_NATS_URL;

/** Integration tests mostly wait for leases, timers and servers: two cores are idle half the time with two of them at once. */
const intWorkers = Math.max(4, availableParallelism());

/** Options of jest per tier. End-to-end tests start the whole product each: one at a time. */
const tiers = {
  unit: ['--maxWorkers=100%'],
  int: [oneServer ? '--runInBand' : `--maxWorkers=${intWorkers}`],
  e2e: ['--runInBand'],
};

const [named, ...more] = process.argv.slice(2);
const chosen = named in tiers ? [named] : Object.keys(tiers);
const options = named in tiers ? more : process.argv.slice(2);

ensureInstalled();
const node = node24();
const run = (args, env = {}) =>
  spawnSync(node, args, { cwd: root, env: { ...withNode24(node), ...env }, stdio: 'inherit' }).status === 0;

// Unit tests need nothing built: jest compiles what it loads.
if (chosen.some((tier) => tier !== 'unit') && !run([join(root, 'deploy/build/compile.mjs')])) process.exit(1);

const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  join(root, 'node_modules/jest/bin/jest.js'),
];
const folder = mkdtempSync(join(tmpdir(), 'multitask-tests-'));
const failures = process.env.FAILED_TESTS ?? join(folder, 'failed');
writeFileSync(failures, '');

const failed = [];
for (const tier of chosen) {
  console.log(`\n${tier} tests`);
  // A pattern may fit no file of a tier; without one, a tier without tests is a fault.
  const anyNumber = options.length > 0 ? ['--passWithNoTests'] : [];
  if (!run([...jest, ...anyNumber, ...tiers[tier], ...options], { TEST_TIER: tier, FAILED_TESTS: failures }))
    failed.push(tier);
}
if (failed.length > 0) console.error(`\n${readFileSync(failures, 'utf8')}Failed: ${failed.join(', ')} tests`);
rmSync(folder, { recursive: true, force: true });
process.exit(failed.length > 0 ? 1 : 0);
