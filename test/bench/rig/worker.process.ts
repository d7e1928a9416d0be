import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const hook = new URL('../typescript.hook.mjs', import.meta.url).href;

interface Reply {
  readonly ready?: boolean;
  readonly id?: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A neighbour or a load generator in a process of its own; it dies with this one. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #asked = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (reply: Reply) => this.#take(reply));
    child.once('exit', (code, signal) => this.#fail(new Error(`a worker ended with ${code ?? signal}`)));
  }

  /** `file` is relative to the folder of the benchmarks. */
  static async start(file: string, nodeArguments: readonly string[] = []): Promise<WorkerProcess> {
    const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
    const child = spawn(process.execPath, ['--import', hook, ...nodeArguments, path], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    const [first] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => [{ error: `${file} ended with ${code}` }]),
    ])) as [Reply];
    if (!first.ready) throw new Error(first.error);
    return new WorkerProcess(child);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  ask<T = void>(question: string, argument?: unknown): Promise<T> {
    const id = this.#asked++;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#child.send({ id, question, argument });
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  #take({ id, value, error }: Reply): void {
    const pending = this.#pending.get(id!);
    this.#pending.delete(id!);
    if (error === undefined) pending?.resolve(value as never);
    else pending?.reject(new Error(error));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
