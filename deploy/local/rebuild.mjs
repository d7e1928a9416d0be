// npm run rebuild: makes the read model of a running installation anew from its log. See docs/operations.md.
//   npm run rebuild                          the local start that keeps its data in .multitask
//   npm run rebuild -- --data-dir <folder>   another local start
//   NATS_URL=… DATABASE_URL=… npm run rebuild   any installation
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled, root } from './install.mjs';
import { onEnd } from './lifetime.mjs';
import { node24, withNode24 } from './node24.mjs';

const { values } = parseArgs({ options: { 'data-dir': { type: 'string' } } });
const folder = resolve(values['data-dir'] ?? process.env.MULTITASK_DATA_DIR ?? join(root, '.multitask'));

function addresses() {
  const { NATS_URL, DATABASE_URL } = process.env;
  if (NATS_URL && DATABASE_URL) return {};
  try {
    return JSON.parse(readFileSync(join(folder, 'addresses.json'), 'utf8'));
  } catch {
    process.stderr.write(
      `No start keeps its data in ${folder}. Name its --data-dir, or set NATS_URL and DATABASE_URL.\n`,
    );
    process.exit(64);
  }
}

const env = { ...withNode24(node24()), ...addresses() };
ensureInstalled();
const built = spawnSync(node24(), [join(root, 'deploy/build/compile.mjs')], { cwd: root, stdio: ['ignore', 2, 2] });
if (built.status !== 0) process.exit(1);
const child = spawn(node24(), [join(root, 'services/projector/dist/rebuild.js')], { env, stdio: 'inherit' });
child.on('exit', (code) => process.exit(code ?? 1));
onEnd((signal) => child.kill(signal));
