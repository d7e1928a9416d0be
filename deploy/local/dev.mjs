// npm run dev: everything, with readable logs; a saved file is compiled and only the services that use it are restarted.
import { spawn, spawnSync } from 'node:child_process';
import { watch } from 'node:fs';
import { join, sep } from 'node:path';
import { ensureInstalled, root } from './install.mjs';
import { onEnd } from './lifetime.mjs';
import { node24, withNode24 } from './node24.mjs';
import { readPackages, servicesUsing } from './packages.mjs';

/** Editors write a file in several steps. */
const settleMs = 60;

ensureInstalled();
const node = node24();
if (spawnSync(node, [join(root, 'deploy/build/compile.mjs')], { cwd: root, stdio: ['ignore', 2, 2] }).status !== 0)
  process.exit(1);
const { compilePackage } = await import('../build/compile.mjs');
const say = (line) => process.stderr.write(`dev: ${line}\n`);

let house;
let stopping = false;
const restartsUnderWay = new Map();

function startHouse() {
  const args = [
    join(root, 'services/standalone/dist/main.js'),
    '--processes',
    '--no-example',
    ...process.argv.slice(2),
  ];
  const env = { LOG_LEVEL: 'info', LOG_FORMAT: 'pretty', MULTITASK_DATA_DIR: join(root, '.multitask'), ...process.env };
  house = spawn(node, ['--enable-source-maps', ...args], {
    cwd: root,
    env: withNode24(node, env),
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  house.on('message', ({ restarted }) => {
    if (!restartsUnderWay.has(restarted)) return;
    say(`${restarted} is back after ${((Date.now() - restartsUnderWay.get(restarted)) / 1000).toFixed(1)} s`);
    restartsUnderWay.delete(restarted);
  });
  house.on('exit', (code) => {
    if (stopping) process.exit(code ?? 0);
    else say('stopped; save a file to start it again');
  });
}

async function restartHouse() {
  if (house.exitCode === null && house.signalCode === null) {
    const gone = new Promise((resolve) => house.once('exit', resolve));
    house.kill('SIGTERM');
    await gone;
  }
  startHouse();
}

/** Changes that reach beyond the services: the front door, the launchers, the tables. */
const concernsAll = (name, files) =>
  ['standalone', 'local-infrastructure'].includes(name) ||
  files.some((file) => file.includes('migrations/') || file.endsWith('routes.ts'));

async function takeUp(folder, name, files) {
  const since = Date.now();
  try {
    const compiled = await compilePackage(folder);
    if (compiled === 0) return;
    // Their pages may have borrowed from it.
    for (const service of servicesUsing(name)) await compilePackage(join(root, 'services', service));
  } catch (error) {
    return say(`${name} does not compile; what runs is what ran before\n${error.message.split('\n\n\nCaused by')[0]}`);
  }
  if (house.exitCode !== null || concernsAll(name, files)) {
    say(`${name} changed: everything starts anew`);
    return restartHouse();
  }
  const services = servicesUsing(name);
  for (const service of services) restartsUnderWay.set(service, since);
  say(`${name} changed: ${services.length > 0 ? `restarting ${services.join(', ')}` : 'no service uses it'}`);
  if (services.length > 0) house.send({ restart: services });
}

function watchPackage({ name, folder }) {
  let files = [];
  let timer;
  watch(join(folder, 'src'), { recursive: true }, (_, file) => {
    if (!file || file.endsWith('.spec.ts') || file.endsWith('~')) return;
    files.push(file.split(sep).join('/'));
    clearTimeout(timer);
    timer = setTimeout(() => {
      const changed = files;
      files = [];
      void takeUp(folder, name, changed);
    }, settleMs);
  });
}

onEnd((signal) => {
  stopping = true;
  if (house.exitCode !== null) process.exit(0);
  house.kill(signal);
});
startHouse();
for (const one of readPackages()) watchPackage(one);
say('watching libs/ and services/');
