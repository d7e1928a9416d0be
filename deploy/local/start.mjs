// npm start: from a fresh clone to everything running. Needs Node ≥ 20 and npm, nothing else.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, root } from './install.mjs';
import { onEnd } from './lifetime.mjs';
import { node24, withNode24 } from './node24.mjs';

ensureInstalled();
const node = node24();
const built = spawnSync(node, [join(root, 'deploy/build/compile.mjs')], { cwd: root, stdio: ['ignore', 2, 2] });
if (built.status !== 0) process.exit(1);

// The process channel ends with this process, however it ends; standalone then stops everything and leaves.
const child = spawn(
  node,
  ['--enable-source-maps', join(root, 'services/standalone/dist/main.js'), ...process.argv.slice(2)],
  {
    cwd: root,
    env: { ...withNode24(node), MULTITASK_DATA_DIR: process.env.MULTITASK_DATA_DIR || join(root, '.multitask') },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  },
);
child.on('error', (error) => {
  process.stderr.write(`${node} could not be started: ${error.message}\n`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));

onEnd((signal) => child.kill(signal));
