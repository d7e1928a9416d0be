import { setTimeout as pause } from 'node:timers/promises';

/** Does `work` again and again, `everyMs` after it ended, until the signal aborts; a failure is told and does not end it. */
export async function recur(
  everyMs: number,
  signal: AbortSignal,
  work: () => Promise<unknown>,
  onFailure: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (error) {
      if (!signal.aborted) onFailure(error);
    }
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
