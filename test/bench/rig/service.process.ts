import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@multitask/local-infrastructure';

export type ServiceName = 'api-gateway' | 'stream-ingestor' | 'projector' | 'results-gateway';

export interface Held {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  /** Bytes waiting in this process, for each socket that has any. */
  readonly queued: readonly number[];
}

export interface ServiceOptions {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  /** A folder for a profile of everything the process does. */
  readonly profileFolder?: string | undefined;
  readonly probed?: boolean;
  /** Flags of Node's own. */
  readonly nodeArguments?: readonly string[];
}

const probe = fileURLToPath(new URL('./probe.cjs', import.meta.url));
const startTimeoutMs = 120_000;

/** One service of the product, compiled, in a process of its own, as a cluster runs it. */
export class ServiceProcess {
  readonly name: ServiceName;
  readonly url: string;
  readonly opsUrl: string;
  readonly #child: ChildProcess;
  #asked = 0;

  private constructor(name: ServiceName, child: ChildProcess, port: number, opsPort: number) {
    this.name = name;
    this.#child = child;
    this.url = `http://127.0.0.1:${port}`;
    this.opsUrl = `http://127.0.0.1:${opsPort}`;
  }

  static async start(name: ServiceName, options: ServiceOptions): Promise<ServiceProcess> {
    const [port, opsPort] = [await freePort(), await freePort()];
    const flags = [
      ...(options.profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${join(options.profileFolder, name)}`] : []),
      ...(options.probed ? ['--expose-gc'] : []),
      ...(options.nodeArguments ?? []),
      '--require',
      probe,
    ];
    const child = spawn(process.execPath, [...flags, join(options.root, `services/${name}/dist/main.js`)], {
      env: {
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        LOG_LEVEL: 'error',
        ...options.env,
        PORT: String(port),
        OPS_PORT: String(opsPort),
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const service = new ServiceProcess(name, child, port, opsPort);
    await service.#untilReady();
    return service;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** What it holds in memory, after a full collection unless told otherwise; only of a probed one. */
  async held(collect = true): Promise<Held> {
    const id = this.#asked++;
    const answer = once(this.#child, 'message') as Promise<[{ id: number; value: Held }]>;
    this.#child.send({ id, collect });
    return (await answer)[0].value;
  }

  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(limit);
  }

  async #untilReady(): Promise<void> {
    const deadline = performance.now() + startTimeoutMs;
    for (;;) {
      if (this.#child.exitCode !== null) throw new Error(`${this.name} ended with ${this.#child.exitCode}`);
      const answer = await fetch(`${this.opsUrl}/readyz`).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer?.ok) return;
      if (performance.now() > deadline) throw new Error(`${this.name} is not ready after ${startTimeoutMs} ms`);
      await sleep(20);
    }
  }
}
