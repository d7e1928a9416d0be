import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const image = 'nats:2';

/** Copies the server out of the official image, so that it runs as any other child and Docker is needed once only. */
export async function fetchFromDocker(target: string): Promise<void> {
  if (process.platform !== 'linux') throw new Error(`the image holds a Linux program, and this is ${process.platform}`);
  const { stdout } = await run('docker', ['create', image], { timeout: 180_000 }).catch((error: unknown) => {
    if ((error as { code?: string }).code === 'ENOENT') throw new Error('Docker is not installed');
    throw new Error((error as { stderr?: string }).stderr?.trim().split('\n').at(-1) || String(error));
  });
  const container = stdout.trim();
  try {
    await run('docker', ['cp', '--follow-link', `${container}:/nats-server`, target]).catch(() =>
      run('docker', ['cp', '--follow-link', `${container}:/usr/sbin/nats-server`, target]),
    );
  } finally {
    await run('docker', ['rm', container]);
  }
}
