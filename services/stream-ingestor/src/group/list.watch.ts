import { limits } from '@multitask/contracts';
import { UpstreamStreamError } from '@multitask/parallel-client';

/** Runs of one list: ten times what a group may have, so that strangers' runs and second attempts have room, and memory an end. */
const mostRuns = 10 * limits.rows;

/** Notices that a list of runs does not end: it shows nothing new for too long, or more than any group has. */
export class ListWatch {
  private readonly ending = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private left: number;
  private startedAt = 0;

  constructor(private readonly stillMs: number) {
    this.left = stillMs;
  }

  /** It is asked for: what it took to be allowed to is not its fault. */
  start(): void {
    this.startedAt = performance.now();
    this.timer = setTimeout(() => this.end(), Math.max(0, this.left));
  }

  /** Aborts with an `UpstreamStreamError` of reason `endless`. */
  get tooLong(): AbortSignal {
    return this.ending.signal;
  }

  /** Work that is not waiting for the list; `moved` when the list has shown something new before it. */
  async pausedWhile(work: () => Promise<void>, { moved, runs }: { moved: boolean; runs: number }): Promise<void> {
    this.stop();
    if (moved) this.left = this.stillMs;
    if (runs > mostRuns) this.end();
    await work();
    if (!this.ending.signal.aborted) this.start();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.left -= performance.now() - this.startedAt;
  }

  private end(): void {
    this.ending.abort(new UpstreamStreamError('endless', 'the list of runs does not end'));
  }
}
