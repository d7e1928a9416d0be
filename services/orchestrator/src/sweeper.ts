import { setTimeout as pause } from 'node:timers/promises';
import type { OrchestrationEngine } from '@multitask/orchestration';
import type { Logger } from '@multitask/platform';

/** What happens without anybody asking: leases run out, runs get their status. Each replica does what no other has in hand. */
export class Sweeper {
  private readonly ending = new AbortController();
  private work: Promise<void> | undefined;

  constructor(
    private readonly sweep: Pick<OrchestrationEngine['sweep'], 'run'>,
    private readonly everyMs: number,
    private readonly logger: Logger,
    private readonly onSwept: () => void,
  ) {}

  start(): void {
    this.work = this.run();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.work;
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      try {
        await this.sweep.run();
        this.onSwept();
      } catch (error) {
        if (!signal.aborted) this.logger.warn({ err: error }, 'the sweep failed; trying again');
      }
      await pause(this.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
