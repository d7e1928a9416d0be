import type { Child, Exit } from '@multitask/local-infrastructure';
import type { Logger } from '@multitask/platform';
import { rm, writeFile } from 'node:fs/promises';
import { Backoff } from './backoff';

export interface SupervisedOptions {
  /** Such as `projector`, or `projector.2` for a second replica. */
  readonly name: string;
  readonly pidFile: string;
  readonly logger: Logger;
  /** Called for the first start and after each death. */
  start(): Promise<Child>;
  /** Resolves when the program does its work, rejects when it never will. Not asked after a death. */
  ready?(child: Child): Promise<void>;
  /** ms a stop may take before the program is killed. */
  readonly stopTimeoutMs: number;
}

/** A program that is started again whenever it dies, until it is stopped. */
export class SupervisedProcess {
  private child: Child | undefined;
  private startedAt = 0;
  private stopping = false;
  private restarting = false;
  private watching: Promise<void> | undefined;
  private endPause: (() => void) | undefined;
  private onLaunch: ((child: Child) => void) | undefined;
  private readonly backoff = new Backoff();

  constructor(private readonly options: SupervisedOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** Resolves when it works for the first time; rejects when it does not come up, and is then stopped. */
  async start(): Promise<void> {
    const child = await this.launch();
    try {
      await this.options.ready?.(child);
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.watching = this.watch();
  }

  /** Stops it cleanly and starts it again at once; resolves when it is ready. */
  async restart(): Promise<void> {
    this.restarting = true;
    const launched = new Promise<Child>((resolve) => (this.onLaunch = resolve));
    this.endPause?.();
    await this.child?.stop(this.options.stopTimeoutMs);
    await this.options.ready?.(await launched);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.endPause?.();
    await this.child?.stop(this.options.stopTimeoutMs);
    await this.watching;
    await rm(this.options.pidFile, { force: true });
  }

  private async launch(): Promise<Child> {
    this.startedAt = Date.now();
    this.child = await this.options.start();
    await writeFile(this.options.pidFile, `${this.child.pid}\n`);
    this.onLaunch?.(this.child);
    return this.child;
  }

  private async watch(): Promise<void> {
    while (!this.stopping) {
      const exit = await this.child!.exited;
      if (this.stopping) return;
      if (!this.restarting) await this.pauseAfter(exit);
      this.restarting = false;
      await this.launchAgain();
    }
    // It was started while somebody asked to stop.
    await this.child?.stop(this.options.stopTimeoutMs);
  }

  private async launchAgain(): Promise<void> {
    while (!this.stopping) {
      try {
        const { pid } = await this.launch();
        this.options.logger.info({ process: this.name, pid }, 'started again');
        return;
      } catch (error) {
        const againInMs = this.backoff.afterLifeOf(0);
        this.options.logger.error({ process: this.name, err: error, againInMs }, 'could not be started again');
        await this.pause(againInMs);
      }
    }
  }

  private async pauseAfter(exit: Exit): Promise<void> {
    const againInMs = this.backoff.afterLifeOf(Date.now() - this.startedAt);
    this.options.logger.warn({ process: this.name, code: exit.code, signal: exit.signal, againInMs }, 'a process died');
    await this.pause(againInMs);
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
