/** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const left = () => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', left);
      resolve();
    }, ms);
    signal?.addEventListener('abort', left, { once: true });
  });
}

const longestTimerMs = 2 ** 31 - 1;

/** One attempt: aborts with its caller, or when its time is over. */
export class Attempt {
  readonly controller = new AbortController();
  /** Whether it was ended because its time was over. */
  late = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly leave = () => this.controller.abort(this.outer?.reason);

  constructor(private readonly outer?: AbortSignal) {
    if (outer?.aborted) this.leave();
    outer?.addEventListener('abort', this.leave, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** From now on it has this long; `undefined` takes the limit away. */
  within(ms: number | undefined): void {
    clearTimeout(this.timer);
    // A timer of the platform ends at once when it is asked for more.
    if (ms === undefined || ms > longestTimerMs) return;
    this.timer = setTimeout(() => {
      this.late = true;
      this.controller.abort();
    }, ms);
  }

  /** Lets go of the connection, if there still is one. */
  end(): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.leave);
    this.controller.abort();
  }
}
