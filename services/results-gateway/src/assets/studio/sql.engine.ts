import type { Answered, Opened, Question, Questions } from './messages';

/** Asks the thread that runs SQLite. */
export class SqlEngine {
  private worker: Worker | undefined;
  private file: ArrayBuffer | undefined;
  private readonly waiting = new Map<number, PromiseWithResolvers<unknown>>();
  private count = 0;

  /** `engine` is the address of the WebAssembly and its digest: the thread runs nothing else. */
  constructor(
    private readonly script: string,
    private readonly engine: { readonly address: string; readonly integrity: string },
  ) {}

  /** Keeps the file, so that it can be opened again after a stop. */
  open(file: ArrayBuffer): Promise<Opened> {
    this.file = file;
    return this.ask('open', { file });
  }

  ask<Q extends Question>(question: Q, ask: Questions[Q]['ask']): Promise<Questions[Q]['answer']> {
    const id = this.count++;
    const answer = Promise.withResolvers<unknown>();
    this.waiting.set(id, answer);
    this.thread().postMessage({ id, question, ask });
    return answer.promise as Promise<Questions[Q]['answer']>;
  }

  /** Ends whatever runs: its thread goes, and a new one opens the same file. Changes made in this copy are gone with it. */
  async stop(): Promise<void> {
    this.worker?.terminate();
    this.worker = undefined;
    this.fail('Stopped.');
    if (this.file) await this.ask('open', { file: this.file });
  }

  private fail(reason: string): void {
    for (const { reject } of this.waiting.values()) reject(new Error(reason));
    this.waiting.clear();
  }

  private thread(): Worker {
    if (this.worker) return this.worker;
    const { address, integrity } = this.engine;
    const worker = new Worker(`${this.script}#${encodeURIComponent(`${address} ${integrity}`)}`, { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<Answered>) => {
      const waiting = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if ('failure' in data) waiting?.reject(new Error(data.failure));
      else waiting?.resolve(data.answer);
    };
    worker.onerror = (event) => this.fail(event.message || 'SQLite could not be started in this browser.');
    return (this.worker = worker);
  }
}
