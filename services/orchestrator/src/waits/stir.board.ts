import { MultitaskError } from '@multitask/contracts';
import type { Stir } from '@multitask/orchestration';
import type { Awaited } from '@multitask/orchestration-operations';

interface Waiter {
  readonly awaited: Awaited;
  readonly wake: () => void;
}

/** What nobody told of is found by looking: a delay that ended, a word that was lost between replicas. */
const lookAgainMs = 1_000;

/** A change is readable a moment after it was told of, when other transactions are still under way. */
const settlesMs = 1_000;
const settlingMs = 50;

/** Who waits for what. Waking is a hint: whoever is woken looks for himself. */
export class StirBoard {
  private readonly waiters = new Set<Waiter>();
  /** Runs that somebody waited for when something happened to them, and when. */
  private readonly recent = new Map<string, number>();

  constructor(
    private readonly most: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get size(): number {
    return this.waiters.size;
  }

  /** Resolves when it may have come, after `ms` or a second at the latest, or when the signal aborts. Throws `rate_limited`. */
  wait(awaited: Awaited, ms: number, signal: AbortSignal): Promise<void> {
    if (this.waiters.size >= this.most)
      throw new MultitaskError(
        'rate_limited',
        `More than ${this.most} calls wait here already. Ask again in a moment.`,
        {
          retryAfter: 1,
        },
      );
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.waiters.delete(waiter);
        resolve();
      };
      const timer = setTimeout(end, Math.min(ms, this.settling(awaited) ? settlingMs : lookAgainMs));
      const waiter = { awaited, wake: end };
      signal.addEventListener('abort', end, { once: true });
      this.waiters.add(waiter);
    });
  }

  stir({ runIds, readyKinds }: Stir): void {
    const now = this.now();
    for (const [runId, at] of this.recent) if (now - at > settlesMs) this.recent.delete(runId);
    const runs = new Set(runIds);
    for (const { awaited, wake } of [...this.waiters]) {
      if (awaited.what !== 'run' || !runs.has(awaited.runId)) continue;
      this.recent.set(awaited.runId, now);
      wake();
    }
    for (const kind of readyKinds) this.wakeWorker(kind);
  }

  /** One of each namespace, who has waited longest: a task is one worker's, and waking all would set all upon the database. */
  private wakeWorker(kind: string): void {
    const served = new Set<string | undefined>();
    for (const { awaited, wake } of [...this.waiters]) {
      if (awaited.what !== 'ready' || served.has(awaited.namespace)) continue;
      if (awaited.kinds.length > 0 && !awaited.kinds.includes(kind)) continue;
      served.add(awaited.namespace);
      wake();
    }
  }

  private settling(awaited: Awaited): boolean {
    const at = awaited.what === 'run' ? this.recent.get(awaited.runId) : undefined;
    return at !== undefined && this.now() - at < settlesMs;
  }
}
