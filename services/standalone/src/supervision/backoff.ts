/** A process that lives this long has recovered: its next death is treated as the first. */
const steadyMs = 30_000;
const firstDelayMs = 100;
const longestDelayMs = 10_000;

/** How long to wait before a process that died is started again. */
export class Backoff {
  private deaths = 0;

  /** The delay in ms after a death: none after a long life, else 100 ms doubling up to 10 s. */
  afterLifeOf(livedMs: number): number {
    if (livedMs >= steadyMs) this.deaths = 0;
    const delay = Math.min(longestDelayMs, firstDelayMs * 2 ** this.deaths);
    this.deaths++;
    return livedMs >= steadyMs ? 0 : delay;
  }
}
