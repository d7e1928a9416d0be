import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = join(__dirname, '../jest/container.mjs');

export interface TestContainer {
  readonly url: string;
  stop(): Promise<void>;
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
}

/** A NATS server in a container, on this port and this folder's data; gone at the latest with the test process. */
export async function startNatsContainer(dataDir: string, port: number, syncInterval: string): Promise<TestContainer> {
  const child = spawn(process.execPath, [program, 'nats', dataDir, String(port), syncInterval], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  // Its end may come before we tell it to end.
  child.stdin.on('error', () => undefined);
  const exited = once(child, 'exit');
  const [first] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), exited])) as unknown[];
  if (typeof first !== 'string') throw new Error(`no NATS in a container: ${said}`);
  const { url } = JSON.parse(first) as { url: string };
  const end = async (word: string) => {
    child.stdin.end(word);
    await exited;
  };
  // A spec that forgets to stop it must not keep jest from ending: its end closes the input.
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as { unref(): void }).unref();
  return { url, stop: () => end(''), kill: () => end('kill\n') };
}
