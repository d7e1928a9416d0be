// Completes package-lock.json, so that it installs on every platform and from every registry.
//   node lockfile.mjs           writes what is missing
//   node lockfile.mjs --check   exits 1 if something is missing
// npm leaves an optional dependency out of the lock when the registry it asked has no such package: usually the native
// part for another platform. `npm ci` then refuses that lock, and the platform would miss its part. An entry
// with version, os and cpu is all npm needs to skip it here and fetch it there.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

/** What a package's name says about where it runs: `@oxlint/binding-linux-x64-musl`. */
export function platformOf(name) {
  const words = name
    .split('/')
    .pop()
    .replace(/\bwindows\b/, 'win32')
    .split('-');
  const os = words.find((word) => systems.includes(word));
  const cpu = words.find((word) => processors.includes(word));
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : undefined;
  return { ...(os && { os: [os] }), ...(cpu && { cpu: [cpu] }), ...(os === 'linux' && libc && { libc: [libc] }) };
}

/** Adds the missing entries to a parsed lock and returns their names. Throws for one whose name says no platform. */
export function completeLock(lock) {
  const added = [];
  for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(optionalDependencies)) {
      if (isLocked(lock.packages, path, name)) continue;
      const platform = platformOf(name);
      if (!platform.os && !platform.cpu)
        throw new Error(`${name} is missing in package-lock.json, and its name says no platform`);
      const version = range.replace(/^[~^=v\s]+/, '');
      const key = `node_modules/${name}`;
      if (lock.packages[key]) throw new Error(`${name} is needed in two versions; add it to package-lock.json by hand`);
      // npm writes the members in this order.
      const { cpu, libc, os } = platform;
      lock.packages[key] = {
        version,
        ...(cpu && { cpu }),
        ...(dev && { dev }),
        ...(libc && { libc }),
        optional: true,
        ...(os && { os }),
      };
      added.push(`${name}@${version}`);
    }
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
  return added;
}

/** Looks where Node would: beside the package, then in each folder above. */
function isLocked(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (packages[`${folder && `${folder}/`}node_modules/${name}`]) return true;
    if (!folder.includes('node_modules/')) return packages[`node_modules/${name}`] !== undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = fileURLToPath(new URL('../../package-lock.json', import.meta.url));
  const text = readFileSync(file, 'utf8');
  const lock = JSON.parse(text);
  const added = completeLock(lock);
  if (added.length > 0 && process.argv.includes('--check')) {
    console.error(
      `package-lock.json lacks ${added.length} optional packages: run node deploy/checks/lockfile.mjs\n  ${added.join('\n  ')}`,
    );
    process.exit(1);
  }
  if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`package-lock.json: ${added.length} entries added`);
}
