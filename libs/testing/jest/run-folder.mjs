// One temporary folder per run holds all its data. A run that was killed could not delete its own: the next one does.
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const pattern = /^multitask-test-(\d+)-/;

export async function makeRunFolder() {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(pattern.exec(name)?.[1]);
    // Another user's folder cannot be deleted, and need not be.
    if (pid && !isRunning(pid)) await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
  const folder = await mkdtemp(join(tmpdir(), `multitask-test-${process.pid}-`));
  // Postgres runs as another user when we are root, and must be able to pass through.
  await chmod(folder, 0o711);
  return folder;
}

/**
 * Deletes a run's folder. A server whose test process died stops a moment later and writes to its folder until then, so this tries
 * again for some five seconds. What is left then is told and stays for the next run: tests that passed have passed.
 */
export async function removeRunFolder(folder, { maxRetries = 10, retryDelay = 100 } = {}) {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries, retryDelay });
  } catch (error) {
    console.warn(`${folder} could not be deleted (${error.code}); the next run tries again.`);
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
