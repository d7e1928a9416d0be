export interface EventuallyOptions {
  /** Default 30,000: what takes a second on a machine at rest may take ten on one that is not. */
  readonly timeoutMs?: number;
  /** Default 20. */
  readonly intervalMs?: number;
}

/**
 * Waits until `condition` gives something truthy without throwing, and returns it.
 * Fails with what it saw last, so a timed-out test says what was missing.
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  options: EventuallyOptions = {},
): Promise<NonNullable<T>> {
  const { timeoutMs = 30_000, intervalMs = 20 } = options;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let last: unknown;
    try {
      const value = await condition();
      if (value) return value as NonNullable<T>;
      last = `it gave ${JSON.stringify(value) ?? 'undefined'}`;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= deadline) throw timeout(timeoutMs, last);
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}

function timeout(timeoutMs: number, last: unknown): Error {
  const seen = last instanceof Error ? last.message : String(last);
  return new Error(`Not within ${timeoutMs} ms: ${seen}`, { cause: last });
}
