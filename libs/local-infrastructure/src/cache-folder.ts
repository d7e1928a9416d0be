import { existsSync, mkdirSync, accessSync, constants } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * Where downloaded servers are kept between starts, shared by all clones of this user.
 * `MULTITASK_CACHE_DIR` overrides; then the platform's cache folder; then a temporary one for users without a home.
 */
export function cacheFolder(env: Record<string, string | undefined> = process.env): string {
  const candidates = [
    env.MULTITASK_CACHE_DIR,
    env.XDG_CACHE_HOME && join(env.XDG_CACHE_HOME, 'multitask'),
    join(homedir(), '.cache', 'multitask'),
  ].filter((folder): folder is string => Boolean(folder));
  for (const folder of candidates) if (isUsable(folder)) return folder;
  const last = join(tmpdir(), `multitask-cache-${userInfo().uid}`);
  mkdirSync(last, { recursive: true, mode: 0o700 });
  return last;
}

function isUsable(folder: string): boolean {
  try {
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
