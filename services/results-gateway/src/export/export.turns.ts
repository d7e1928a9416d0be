import { MultitaskError } from '@multitask/contracts';

/** Each takes a connection of the pool, which has five by default, and most of a core while it lasts. */
const exportsAtOnce = 2;
const waitingAtMost = 50;

/** Who may read a long group whole: a turn lasts as long as the database needs, never as long as the client does. */
export class ExportTurns {
  private running = 0;
  private readonly queue: (() => void)[] = [];

  constructor(private readonly limits = { running: exportsAtOnce, waiting: waitingAtMost }) {}

  /** Resolves with what ends the turn; ending it twice does no harm. Throws `not_ready` when too many wait already. */
  async take(): Promise<() => void> {
    if (this.running < this.limits.running) this.running++;
    else if (this.queue.length < this.limits.waiting) await new Promise<void>((resolve) => this.queue.push(resolve));
    else
      throw new MultitaskError('not_ready', 'Too many long results are being read. Please try again shortly.', {
        retryAfter: 10,
      });
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const next = this.queue.shift();
      if (next) next();
      else this.running--;
    };
  }
}
