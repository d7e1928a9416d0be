/** Growing waits between tries: doubled from `firstMs` to `maxMs`, each shortened by up to a quarter so that many spread out. */
export class Backoff {
  private tries = 0;

  constructor(
    private readonly firstMs: number,
    private readonly maxMs: number,
  ) {}

  next(): number {
    const wait = Math.min(this.firstMs * 2 ** Math.min(this.tries++, 30), this.maxMs);
    return wait * (1 - Math.random() / 4);
  }

  reset(): void {
    this.tries = 0;
  }
}
