import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from '../waiting';
import { environmentOf, isRunning, traceOf } from './process.table';

const startTimeoutMs = 180_000;
/** A stop takes up to 10 s by the product's own word. */
const stopTimeoutMs = 20_000;

export interface ProductOptions {
  readonly root: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Done to the data folder before the product starts in it; what it answers is undone before the folder goes. */
  readonly prepare?: ((dataDir: string) => () => void) | undefined;
}

/** How to end each product that runs or starts now. */
const running = new Set<() => Promise<unknown>>();

/** For a harness that is told to stop in the middle: no process and no folder stays behind. */
export const stopEveryProduct = (): Promise<unknown> => Promise.allSettled([...running].map((stop) => stop()));

/** The whole product as a user starts it, each service in a process of its own, on ports and in a folder of its own. */
export class Product {
  readonly origin: string;
  readonly emulator: string;
  readonly dataDir: string;
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly #child: ChildProcess;
  readonly #release: () => void;
  readonly #seen = new Map<number, string>();
  readonly #stopping = () => this.stop();
  #stopped: Promise<string[]> | undefined;

  private constructor(
    child: ChildProcess,
    place: { origin: string; emulator: string; dataDir: string; release: () => void },
    pid: number,
  ) {
    this.#child = child;
    this.origin = place.origin;
    this.emulator = place.emulator;
    this.dataDir = place.dataDir;
    this.#release = place.release;
    const { NATS_URL, DATABASE_URL } = environmentOf(pid);
    if (!NATS_URL || !DATABASE_URL) throw new Error('a service of the product runs without NATS_URL and DATABASE_URL');
    this.natsUrl = NATS_URL;
    this.databaseUrl = DATABASE_URL;
  }

  static async start({ root, args, env, prepare }: ProductOptions): Promise<Product> {
    const dataDir = await mkdtemp(join(tmpdir(), 'multitask-chaos-'));
    const release = await prepared(dataDir, prepare);
    const emulatorPort = await freePort();
    const own = ['--processes', '--port', '0', '--data-dir', dataDir, '--emulator-port', String(emulatorPort)];
    const child = spawn(
      process.execPath,
      [join(root, 'services/standalone/dist/main.js'), ...own, '--no-example', '--allow-private-urls', ...args],
      // The channel ends with this process, however it ends; the product then stops by itself.
      { env: { ...withoutOurs(process.env), ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
    );
    const abandon = () => end(child, dataDir, release);
    running.add(abandon);
    try {
      const origin = await readyOrigin(child);
      const place = { origin, emulator: `http://127.0.0.1:${emulatorPort}`, dataDir, release };
      const product = new Product(child, place, await pidIn(dataDir, 'projector'));
      await product.processes();
      running.add(product.#stopping);
      return product;
    } catch (error) {
      await abandon();
      throw error;
    } finally {
      running.delete(abandon);
    }
  }

  /** Names and pids of everything that runs now; replicas are `<service>.<n>` from the second on. */
  async processes(): Promise<Map<string, number>> {
    const names = (await readdir(join(this.dataDir, 'pids'))).map((file) => file.replace(/\.pid$/, ''));
    const found = await Promise.all(names.map(async (name) => [name, await this.#readPid(name)] as const));
    const running = found.filter((entry): entry is [string, number] => entry[1] !== undefined);
    for (const [name, pid] of running) this.#seen.set(pid, name);
    return new Map(running);
  }

  /** Its pid once it runs; after a death that takes a moment. */
  pidOf(name: string): Promise<number> {
    return until(
      `${name} runs`,
      async () => {
        const pid = await this.#readPid(name);
        return pid !== undefined && isRunning(pid) ? pid : undefined;
      },
      { timeoutMs: 30_000, everyMs: 20 },
    );
  }

  /** What a service says at `/metrics` on its own port, or nothing when it does not answer. */
  async metricsOf(pid: number): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${environmentOf(pid).OPS_PORT}/metrics`).catch(() => undefined);
    return answer?.ok ? answer.text() : '';
  }

  /** Stops everything; answers the names of processes that did not go by themselves. */
  stop(): Promise<string[]> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<string[]> {
    await this.processes().catch(() => undefined);
    await endOf(this.#child);
    const left = [...this.#seen].filter(([pid]) => isRunning(pid) && traceOf(pid).includes(this.dataDir));
    for (const [pid] of left) process.kill(pid, 'SIGKILL');
    this.#release();
    await rm(this.dataDir, { recursive: true, force: true });
    running.delete(this.#stopping);
    return left.map(([, name]) => name);
  }

  async #readPid(name: string): Promise<number | undefined> {
    return pidIn(this.dataDir, name).catch(() => undefined);
  }
}

async function prepared(dataDir: string, prepare: ProductOptions['prepare']): Promise<() => void> {
  try {
    return prepare?.(dataDir) ?? (() => undefined);
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
}

async function end(child: ChildProcess, dataDir: string, release: () => void): Promise<void> {
  await endOf(child);
  release();
  await rm(dataDir, { recursive: true, force: true });
}

/** Asks, waits, insists. */
async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await exited;
  clearTimeout(timer);
}

async function pidIn(dataDir: string, name: string): Promise<number> {
  const pid = Number(await readFile(join(dataDir, 'pids', `${name}.pid`), 'utf8'));
  // A file that is being written is empty for an instant.
  if (!Number.isInteger(pid) || pid <= 0) throw new Error(`${name} has no pid`);
  return pid;
}

/** Settings of whoever starts the harness must not change what is tested. */
const withoutOurs = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^(npm_|MULTITASK_|PARALLEL_|NATS_URL|DATABASE_URL|PUBLIC_URL)/i.test(name),
    ),
  );

async function readyOrigin(child: ChildProcess): Promise<string> {
  let log = '';
  let failed: string | undefined;
  let origin: string | undefined;
  child.stderr!.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-10_000)));
  child.once('exit', (code) => (failed = `it ended with ${code}`));
  createInterface({ input: child.stdout! }).on('line', (line) => (origin ??= /^ready (\S+)$/.exec(line)?.[1]));
  const outcome = await until('the product is ready', () => origin ?? failed, { timeoutMs: startTimeoutMs }).catch(
    (error: Error) => (failed = error.message),
  );
  if (failed !== undefined) throw new Error(`the product did not start: ${failed}\n${log}`);
  return outcome;
}

/** Below the ports of connections going out: one of those may be taken by anybody before the product listens. */
async function freePort(): Promise<number> {
  const wanted = 20_000 + Math.floor(Math.random() * 12_000);
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(wanted, '127.0.0.1', () => resolve(true));
  });
  if (!isFree) return freePort();
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
