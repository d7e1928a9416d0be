import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Stable releases carry 2.10, which is too old; these two follow upstream. */
const suites = ['sid', 'forky'];
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Takes the server out of Debian's package, from the mirror this machine is configured with.
 * Nothing of the system changes: apt works with lists, caches and settings in a temporary folder, and nothing is installed.
 */
export async function fetchFromDebian(target: string): Promise<void> {
  const mirror = await configuredMirror();
  const reasons: string[] = [];
  for (const suite of suites) {
    const folder = await mkdtemp(join(tmpdir(), 'multitask-apt-'));
    try {
      return await extractPackage(folder, mirror, suite, target);
    } catch (error) {
      reasons.push(`${suite}: ${lastLine(error)}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  throw new Error(`${mirror} did not give the package (${reasons.join('; ')})`);
}

async function configuredMirror(): Promise<string> {
  const { stdout } = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']).catch(
    () => {
      throw new Error('this machine has no apt-get');
    },
  );
  const mirror = stdout.split('\n').find((uri) => /\/debian\/?$/.test(uri));
  if (!mirror) throw new Error('no Debian mirror is configured on this machine');
  return mirror;
}

async function extractPackage(folder: string, mirror: string, suite: string, target: string): Promise<void> {
  await Promise.all(
    ['lists/partial', 'cache/archives/partial', 'package'].map((name) =>
      mkdir(join(folder, name), { recursive: true }),
    ),
  );
  await writeFile(join(folder, 'sources.list'), `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
  const env = { ...process.env, APT_CONFIG: await aptConfiguration(folder), LC_ALL: 'C' };
  await run('apt-get', ['update', '-qq'], { cwd: folder, env, timeout: 120_000 });
  await run('apt-get', ['download', '-qq', 'nats-server'], { cwd: folder, env, timeout: 120_000 });
  const archive = (await readdir(folder)).find((name) => name.endsWith('.deb'));
  if (!archive) throw new Error('apt-get downloaded no package');
  await run('dpkg-deb', ['-x', archive, 'package'], { cwd: folder });
  await copyFile(join(folder, 'package/usr/sbin/nats-server'), target);
}

/** Of the system's settings only those about fetching (proxies, timeouts) are kept; its hooks must not run. */
async function aptConfiguration(folder: string): Promise<string> {
  const { stdout } = await run('apt-config', ['dump']);
  const fetching = stdout.split('\n').filter((line) => line.startsWith('Acquire::'));
  const own = {
    'Dir::Etc::parts': '/dev/null',
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State': folder,
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
  };
  const file = join(folder, 'apt.conf');
  await writeFile(
    file,
    [...fetching, ...Object.entries(own).map(([key, value]) => `${key} "${value}";`), ''].join('\n'),
  );
  return file;
}

function lastLine(error: unknown): string {
  const text = (error as { stderr?: string }).stderr || (error as Error).message;
  return text.trim().split('\n').at(-1) ?? 'no reason given';
}
