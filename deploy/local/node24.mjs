// Plain Node ≥ 20, nothing from node_modules.
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { root } from './install.mjs';

/** Below this Jest cannot load ES modules from CommonJS, and parts of the product do not start. */
const oldest = { major: 24, minor: 9 };

const packages = { linux: 'linux', win32: 'win' };

/** The Node to run everything with: the pinned one from npm, else this one if it is new enough. Ends the process otherwise. */
export function node24() {
  const name = `node-${packages[process.platform] ?? process.platform}-${process.arch}`;
  const pinned = join(root, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(pinned)) return pinned;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return process.execPath;
  process.stderr.write(
    `Node ≥ ${oldest.major}.${oldest.minor} is needed and npm has no copy of it for ${process.platform} ${process.arch}; this is ${process.version}.\n` +
      'Install it (https://nodejs.org, or `nvm install 24`) and try again.\n',
  );
  process.exit(1);
}

/**
 * An environment in which `node` and every installed command is the right one, and in which compiled code is kept
 * between starts: it saves a fifth of the time a service takes to load.
 */
export function withNode24(node, env = process.env) {
  return {
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node'),
    ...env,
    PATH: [dirname(node), join(root, 'node_modules', '.bin'), env.PATH].filter(Boolean).join(delimiter),
  };
}
