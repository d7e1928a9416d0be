import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface CurlAnswer {
  readonly status: number;
  /** Names in lower case; the last answer's when there were redirects. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const marker = '\n--curl-write-out--';

/** Runs the real `curl` with the arguments a user would type. */
export async function curl(...args: string[]): Promise<CurlAnswer> {
  const { stdout } = await run('curl', ['-s', '-i', '-w', `${marker}%{http_code}`, ...args], {
    maxBuffer: 64 * 1024 * 1024,
  }).catch((error: { stdout?: string; code?: number; stderr?: string }) => {
    // 28: --max-time ended a stream that is meant to stay open.
    if (error.code === 28 && error.stdout) return { stdout: error.stdout };
    throw new Error(`curl ${args.join(' ')} failed with ${error.code}: ${error.stderr}`);
  });
  const end = stdout.lastIndexOf(marker);
  const status = stdout.slice(end + marker.length);
  const { head, body } = splitAnswer(stdout.slice(0, end));
  return { status: Number(status), headers: headersOf(head), body };
}

function splitAnswer(raw: string): { head: string; body: string } {
  let rest = raw;
  for (;;) {
    const split = rest.indexOf('\r\n\r\n');
    if (split < 0) return { head: rest, body: '' };
    const head = rest.slice(0, split);
    const body = rest.slice(split + 4);
    // `100 Continue` and followed redirects come before the answer that counts.
    if (!body.startsWith('HTTP/')) return { head, body };
    rest = body;
  }
}

function headersOf(head: string): Record<string, string> {
  const lines = head.split('\r\n').slice(1);
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
}
