/** How long a look at the database's clock is good for; in that time two clocks part by less than a millisecond. */
const goodForMs = 1_000;

/**
 * The database's time, so that processes whose clocks differ agree on which lease has run out. It is asked for once a second and
 * goes on by this process' own steady clock in between: asking in every transaction was a twentieth of what a claim costs.
 */
export class DatabaseClock {
  private known: { readonly time: number; readonly at: number } | undefined;

  constructor(
    private readonly ask: () => Promise<number>,
    private readonly steady: () => number = () => performance.now(),
  ) {}

  async now(): Promise<number> {
    if (!this.known || this.steady() - this.known.at >= goodForMs) {
      // Of the moment at which it was asked for: what the answer took can only make it early, which ends no lease too soon.
      const at = this.steady();
      this.known = { time: await this.ask(), at };
    }
    return Math.floor(this.known.time + this.steady() - this.known.at);
  }
}
