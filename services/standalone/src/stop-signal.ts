/** Thrown inside a start that was asked to stop. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Ctrl+C may reach us twice, from the terminal and from the process that started us; a person is slower than that. */
const sameRequestMs = 1_000;

/** How somebody asks a local start to end: Ctrl+C, SIGTERM, SIGHUP, or the end of the process that started us. */
export class StopSignal {
  private readonly controller = new AbortController();
  private code = 0;
  /** Resolves with the exit code once a stop was asked for. */
  readonly requested: Promise<number>;

  constructor() {
    this.requested = new Promise((resolve) =>
      this.signal.addEventListener('abort', () => resolve(this.code), { once: true }),
    );
    let askedAt = Infinity;
    const ask = () => {
      // Somebody out of patience asks twice. What we started ends with us: see startChild.
      if (Date.now() - askedAt > sameRequestMs) process.exit(130);
      askedAt = Math.min(askedAt, Date.now());
      this.stop();
    };
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, ask);
    process.on('disconnect', () => this.stop());
    process.on('unhandledRejection', (error) => {
      process.stderr.write(
        `Stopping, because a promise was rejected and nobody noticed: ${(error as Error)?.stack ?? String(error)}\n`,
      );
      this.code = 70;
      this.stop();
    });
  }

  private stop(): void {
    this.controller.abort(new Stopped('a stop was asked for'));
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  throwIfStopped(): void {
    this.signal.throwIfAborted();
  }

  /** The outcome of `work`, or the code of a stop if that comes first. What `work` says after that is not listened to. */
  async race(work: Promise<number>): Promise<number> {
    work.catch(() => undefined);
    return Promise.race([
      work.catch((error: unknown) => (error instanceof Stopped ? this.code : Promise.reject(error))),
      this.requested,
    ]);
  }
}

/** `npm run dev` asks over the process channel for a service to be started anew. */
export function onRestartRequest(restart: (service: string) => Promise<void>): void {
  process.on('message', (message: { restart?: string[] }) => {
    for (const service of message.restart ?? [])
      restart(service).then(
        () => process.send?.({ restarted: service }),
        (error: unknown) => process.stderr.write(`${service} could not be restarted: ${(error as Error).message}\n`),
      );
  });
}
