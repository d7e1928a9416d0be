import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The release that is downloaded; any other way of finding a server may bring a newer or older one. */
export const releaseVersion = '2.15.1';

const releasePage = 'https://github.com/nats-io/nats-server/releases/download';
const platforms: Record<string, string> = { linux: 'linux', darwin: 'darwin', win32: 'windows', freebsd: 'freebsd' };
const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64', arm: 'arm7', ia32: '386' };

/** Downloads the server from its release page and compares it with the checksums published there. */
export async function fetchRelease(target: string): Promise<void> {
  const platform = platforms[process.platform];
  const architecture = architectures[process.arch];
  if (!platform || !architecture) throw new Error(`no release for ${process.platform} ${process.arch}`);
  const name = `nats-server-v${releaseVersion}-${platform}-${architecture}`;
  const archive = `${name}.tar.gz`;
  const [sums, bytes] = [await download('SHA256SUMS', 10_000), await download(archive, 120_000)];
  verifyChecksum(archive, bytes, sums.toString('utf8'));
  const folder = await mkdtemp(join(tmpdir(), 'multitask-nats-'));
  try {
    await writeFile(join(folder, archive), bytes);
    await promisify(execFile)('tar', ['-xzf', archive], { cwd: folder });
    await copyFile(join(folder, name, process.platform === 'win32' ? 'nats-server.exe' : 'nats-server'), target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Throws unless `sums`, lines of `<sha256>  <file>`, holds the digest of these bytes for this file. */
export function verifyChecksum(file: string, bytes: Uint8Array, sums: string): void {
  const line = sums.split('\n').find((entry) => entry.trim().split(/\s+\*?/)[1] === file);
  if (!line) throw new Error(`the release page lists no checksum for ${file}`);
  const expected = line.trim().split(/\s+/)[0]!.toLowerCase();
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== expected) throw new Error(`${file} has the checksum ${actual}, but ${expected} is published`);
}

async function download(file: string, timeoutMs: number): Promise<Buffer> {
  const url = `${releasePage}/v${releaseVersion}/${file}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch((error: unknown) => {
    const cause = (error as { cause?: { code?: string } }).cause?.code;
    throw new Error(`${url} cannot be reached (${cause ?? (error as Error).message})`);
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
