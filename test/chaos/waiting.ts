import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves with the first answer that is not undefined, false or null; rejects with `what` after `timeoutMs`. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  { timeoutMs, everyMs = 50 }: { timeoutMs: number; everyMs?: number },
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${Math.round(timeoutMs / 1_000)} s: ${what}`);
    await sleep(everyMs);
  }
}
