import { OrchestrationError, type Claim, type LeaseTriple, type OrchestrationEngine } from '@multitask/orchestration';

/** Node's timers end here; a longer time is the server's alone to watch. */
const longestTimerMs = 2 ** 31 - 1;

/** Keeps a lease while its task is worked on, and says when there is no use in going on. */
export class Heartbeat {
  private readonly ended = new AbortController();
  private readonly beat: NodeJS.Timeout;
  private readonly deadline: NodeJS.Timeout | undefined;

  constructor(
    private readonly attempts: OrchestrationEngine['attempts'],
    private readonly by: LeaseTriple,
    { task, lease }: Claim,
    private readonly onFault: (error: unknown) => void,
  ) {
    // A beat may be lost, and the next one still comes in time.
    this.beat = setInterval(() => void this.send(), lease.lengthMs / 3);
    if (task.timeoutMs !== null && task.timeoutMs <= longestTimerMs)
      this.deadline = setTimeout(() => this.ended.abort(), task.timeoutMs);
  }

  /** Aborts when the task is no longer this worker's: the lease is gone, or the attempt's time is over. */
  get lost(): AbortSignal {
    return this.ended.signal;
  }

  stop(): void {
    clearInterval(this.beat);
    clearTimeout(this.deadline);
  }

  private async send(): Promise<void> {
    try {
      await this.attempts.heartbeat(this.by);
    } catch (error) {
      this.onFault(error);
      if (OrchestrationError.is(error)) this.ended.abort();
    }
  }
}
