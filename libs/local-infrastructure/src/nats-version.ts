import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Older servers accept atomic batches, message TTLs and schedules, and silently ignore them. */
export const oldestNats = { major: 2, minor: 12 };

/** The version a binary reports of itself, such as `2.15.1`; rejects when it cannot run or is too old. */
export async function checkNatsVersion(binary: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(binary, ['--version'], { timeout: 10_000 });
  const match = /v?(\d{1,6})\.(\d{1,6})\.(\d\S*)/.exec(`${stdout}${stderr}`);
  if (!match) throw new Error(`${binary} --version did not tell a version`);
  const [major, minor] = [Number(match[1]), Number(match[2])];
  const version = `${match[1]}.${match[2]}.${match[3]}`;
  if (major < oldestNats.major || (major === oldestNats.major && minor < oldestNats.minor))
    throw new Error(`it is ${version}, and ${oldestNats.major}.${oldestNats.minor} is the oldest that works`);
  return version;
}
