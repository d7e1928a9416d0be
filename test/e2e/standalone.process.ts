import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createTestDatabase, startTestNats } from '@multitask/testing';

export interface Standalone {
  readonly origin: string;
  /** Base URL of the emulator, whose control API tells what the upstream saw. */
  readonly emulator: string;
  readonly dataDir: string;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

const entry = resolve(__dirname, '../../services/standalone/dist/main.js');
const startTimeoutMs = 120_000;

/** What `npm start` runs after its installation: the product in full, on ports and in a folder of its own. */
export async function startStandalone(options: {
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  emulatorPort: number;
  /** Its own NATS and Postgres in its own folder, even where the tests' servers are containers. */
  ownStores?: boolean;
  /** Told everything that is written to stdout and stderr. */
  onOutput?: (text: string) => void;
}): Promise<Standalone> {
  const dataDir = await mkdtemp(join(tmpdir(), 'multitask-e2e-'));
  const stores = options.ownStores ? undefined : await storesInContainers(options.env);
  const child = spawn(
    process.execPath,
    [
      entry,
      '--port',
      '0',
      '--data-dir',
      dataDir,
      '--emulator-port',
      String(options.emulatorPort),
      '--no-example',
      ...(options.args ?? []),
    ],
    { env: { ...process.env, ...options.env, ...stores?.env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  child.stderr!.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000)));
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk: Buffer) => options.onOutput?.(chunk.toString()));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    await stores?.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const origin = await readyOrigin(child, () => log);
    return { origin, emulator: `http://127.0.0.1:${options.emulatorPort}`, dataDir, child, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** With `TEST_INFRA=containers` the product works on servers in containers, but for those that a test brings itself. */
async function storesInContainers(env: Readonly<Record<string, string>> = {}) {
  if (process.env.TEST_INFRA !== 'containers') return undefined;
  const nats = env.NATS_URL === undefined ? await startTestNats() : undefined;
  const database = env.DATABASE_URL === undefined ? await createTestDatabase({ empty: true }) : undefined;
  return {
    env: { ...(nats && { NATS_URL: nats.url }), ...(database && { DATABASE_URL: database.url }) },
    stop: async () => void (await Promise.all([nats?.stop(), database?.drop()])),
  };
}

async function readyOrigin(child: ChildProcess, log: () => string): Promise<string> {
  const lines = createInterface({ input: child.stdout! });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`not ready within ${startTimeoutMs} ms\n${log()}`)),
      startTimeoutMs,
    );
    lines.on('line', (line) => {
      const origin = /^ready (\S+)$/.exec(line)?.[1];
      if (!origin) return;
      clearTimeout(timer);
      resolve(origin);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${code} before it was ready\n${log()}`));
    });
  });
}
