import type { Logger } from '@multitask/platform';

export interface WriteFaultOptions {
  /** The server's own health page. */
  readonly url: string;
  readonly restart: () => Promise<void>;
  readonly logger: Logger;
  /** ms between looks. */
  readonly everyMs?: number;
}

/** Twice, so that one unlucky look restarts nothing. */
const looksBeforeRestart = 2;
const usualPauseMs = 5_000;
const lookTimeoutMs = 2_000;

/**
 * A NATS server that once failed to write (its disk was full) refuses every further message until it is started again, even
 * when there is room. It still answers and reads, so nothing else notices: only its health page says so.
 */
export class WriteFaultWatch {
  private readonly timer: NodeJS.Timeout;
  private seen = 0;
  private looking = false;

  constructor(private readonly options: WriteFaultOptions) {
    this.timer = setInterval(() => void this.look(), options.everyMs ?? usualPauseMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      const answer = await fetch(this.options.url, { signal: AbortSignal.timeout(lookTimeoutMs) });
      const text = await answer.text();
      this.seen = !answer.ok && text.includes('write error') ? this.seen + 1 : 0;
      if (this.seen >= looksBeforeRestart) await this.restart();
    } catch {
      // A server that does not answer is the supervisor's business.
      this.seen = 0;
    } finally {
      this.looking = false;
    }
  }

  private async restart(): Promise<void> {
    this.options.logger.warn('NATS cannot write any more, perhaps because its disk was full; starting it again');
    this.seen = 0;
    await this.options.restart();
  }
}
