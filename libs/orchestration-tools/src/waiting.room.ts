import { OrchestrationError, type Stir } from '@multitask/orchestration';
import type { Awaited } from '@multitask/orchestration-operations';

interface Waiter {
  readonly for: Awaited;
  wake(): void;
}

/** What another process changed is noticed within this, and what becomes ready by time alone. */
const lookAgainMs = 500;

/** Each is a request somebody keeps open; more would be a mistake or an attack. */
const mostWaiters = 10_000;

/** Where calls wait for something to happen. What happens in this process wakes them at once, other processes are looked after. */
export class WaitingRoom {
  private readonly waiters = new Set<Waiter>();

  /** Resolves when it may have come, at the latest after half a second, so that whoever waits looks again. */
  wait(awaited: Awaited, ms: number, signal: AbortSignal): Promise<void> {
    if (this.waiters.size >= mostWaiters)
      throw new OrchestrationError('ValidationError', 'Too many calls wait already; ask without waiting.', 'waitMs');
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.waiters.delete(waiter);
        resolve();
      };
      // Spread, so that calls that began together do not ask together for ever.
      const timer = setTimeout(wake, Math.min(ms, lookAgainMs * (0.75 + Math.random() / 4)));
      const waiter: Waiter = { for: awaited, wake };
      signal.addEventListener('abort', wake);
      this.waiters.add(waiter);
    });
  }

  /** Wakes those whom a change concerns: of those who wait for a task, no more than there are tasks, the longest waiting first. */
  stir({ runIds, readyKinds }: Stir): void {
    const changed = new Set(runIds);
    const left = new Map<string, number>();
    for (const kind of readyKinds) left.set(kind, (left.get(kind) ?? 0) + 1);
    for (const waiter of [...this.waiters]) {
      const { for: awaited } = waiter;
      if (awaited.what === 'run') {
        if (changed.has(awaited.runId)) waiter.wake();
        continue;
      }
      const kind = [...left.keys()].find((one) => awaited.kinds.length === 0 || awaited.kinds.includes(one));
      if (kind === undefined) continue;
      waiter.wake();
      // The task may be of a namespace that this one may not see: somebody else is woken for it as well.
      if (awaited.namespace !== undefined) continue;
      const rest = left.get(kind)! - 1;
      if (rest > 0) left.set(kind, rest);
      else left.delete(kind);
    }
  }

  /** For tests: how many wait. */
  get size(): number {
    return this.waiters.size;
  }
}
