import { setTimeout as pause } from 'node:timers/promises';
import { MultitaskError } from '@multitask/contracts';
import type { Logger } from '@multitask/platform';

const tryAgainMs = 1_000;

/** The tables are made at the start, or as soon as the database is there; until then nothing is answered. */
export class MigrationGate {
  private isOpen = false;
  private readonly ending = new AbortController();

  constructor(
    private readonly migrate: () => Promise<void>,
    private readonly logger: Logger,
  ) {}

  /** Resolves after the first try; goes on in the background when that failed. */
  async start(): Promise<void> {
    if (!(await this.try())) void this.keepTrying();
  }

  /** Throws `not_ready` while there are no tables. */
  require(): void {
    if (this.isOpen) return;
    throw new MultitaskError('not_ready', 'The database is not there yet. Repeat the call shortly.', { retryAfter: 2 });
  }

  stop(): void {
    this.ending.abort();
  }

  private async try(): Promise<boolean> {
    try {
      await this.migrate();
      this.isOpen = true;
    } catch (error) {
      this.logger.warn({ err: error }, 'making the tables failed; trying again');
    }
    return this.isOpen;
  }

  private async keepTrying(): Promise<void> {
    const { signal } = this.ending;
    do await pause(tryAgainMs, undefined, { signal }).catch(() => undefined);
    while (!signal.aborted && !(await this.try()));
  }
}
