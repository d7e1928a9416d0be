export type Wake = 'signal' | 'timeout' | 'closed';

/** Wakes whoever waits for news about a group or a run. A wake is only a hint: the waiter looks again itself. */
export class Signals {
  private readonly waiters = new Map<string, Set<() => void>>();

  wake(topic: string): void {
    for (const waiter of this.waiters.get(topic) ?? []) waiter();
  }

  wakeAll(): void {
    for (const topic of this.waiters.keys()) this.wake(topic);
  }

  /** Waits at most `ms`; ends at once when `closed` is aborted. */
  wait(topic: string, ms: number, closed: AbortSignal): Promise<Wake> {
    if (closed.aborted) return Promise.resolve('closed');
    if (ms <= 0) return Promise.resolve('timeout');
    return new Promise((resolve) => {
      const finish = (wake: Wake) => {
        clearTimeout(timer);
        closed.removeEventListener('abort', onClosed);
        set.delete(onSignal);
        if (set.size === 0 && this.waiters.get(topic) === set) this.waiters.delete(topic);
        resolve(wake);
      };
      const onSignal = () => finish('signal');
      const onClosed = () => finish('closed');
      const set = this.waiters.get(topic) ?? new Set();
      this.waiters.set(topic, set.add(onSignal));
      // Longer waits are cut into pieces: setTimeout fires at once beyond 2^31 ms.
      const timer = setTimeout(() => finish('timeout'), Math.min(ms, 2_147_483_647));
      closed.addEventListener('abort', onClosed, { once: true });
    });
  }
}
