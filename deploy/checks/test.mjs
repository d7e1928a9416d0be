// npm test: installs, builds, and runs every tier; `node test.mjs unit [jest options]` runs one.
// Plain Node ≥ 20, nothing from node_modules, so that it works in a clone where nothing is installed yet.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
const run = (args) => spawnSync(node, args, { cwd: root, env: withNode24(node), stdio: 'inherit' }).status === 0;

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

/** Characters of what jest said last that are told when it failed though no test did: the reason is there. */
const lastWords = 3_000;

/** Resolves with whether all was well. A failure that is not a test's own (a worker, the servers, the end of the run) is told as well. */
async function runTier(tier, args) {
  const known = readFileSync(failures, 'utf8').length;
  const env = { ...withNode24(node), TEST_TIER: tier, FAILED_TESTS: failures };
  // Somebody who sits at a terminal sees it all, and in colours.
  const told = process.stderr.isTTY ? 'inherit' : 'pipe';
  const child = spawn(node, args, { cwd: root, env, stdio: ['inherit', 'inherit', told] });
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    process.stderr.write(text);
    tail = (tail + text).slice(-lastWords);
  });
  const [code, signal] = await once(child, 'close');
  if (code !== 0 && readFileSync(failures, 'utf8').length === known)
    appendFileSync(failures, `${tier}: no test failed, but jest ended with ${signal ?? code}\n${tail}\n`);
  return code === 0;
}

const failed = [];
for (const tier of chosen) {
  console.log(`\n${tier} tests`);
  // A pattern may fit no file of a tier; without one, a tier without tests is a fault.
  const anyNumber = options.length > 0 ? ['--passWithNoTests'] : [];
  if (!(await runTier(tier, [...jest, ...anyNumber, ...tiers[tier], ...options]))) failed.push(tier);
}
if (failed.length > 0) console.error(`\n${readFileSync(failures, 'utf8')}Failed: ${failed.join(', ')} tests`);
rmSync(folder, { recursive: true, force: true });
process.exit(failed.length > 0 ? 1 : 0);
