import type { Kysely } from 'kysely';
import type { Database } from '../tables/database.table';
import { whatHappenedTo, type VerifiableLog } from './log.verification';
import { LogWatchRepository } from './log.watch.repository';

/** How often each service looks; a log is exchanged while its server is down, which takes about as long. */
const everyMs = 1_000;
/** An older verdict is not relied on. */
const freshMs = 3_000;

/**
 * Whether the log is the one that everybody has worked on, as one process knows it: it compares the end of the log as it was
 * seen with what stands there now, each second and after each reconnect. While the database cannot be asked, the last verdict
 * stands: without a database nothing is bought, and readers shall go on.
 */
export class LogTrust {
  private verdict: { readonly isTrusted: boolean; readonly at: number } | undefined;
  private asking: Promise<boolean> | undefined;
  private readonly listeners = new Set<() => void>();
  private readonly timer: NodeJS.Timeout;
  private readonly repository: LogWatchRepository;

  constructor(
    db: Kysely<Database>,
    private readonly log: VerifiableLog,
    private readonly onVerdict: (reason: string | undefined) => void = () => undefined,
  ) {
    this.repository = new LogWatchRepository(db);
    this.timer = setInterval(() => void this.look(), everyMs).unref();
  }

  /** Nothing that was found out before counts any more: the server was away. */
  forget(): void {
    this.verdict = undefined;
  }

  /** False while the log is another one than was seen, until it is repaired. */
  async isTrusted(): Promise<boolean> {
    const known = this.verdict;
    if (known && performance.now() - known.at < freshMs) return known.isTrusted;
    return this.look();
  }

  /** Called each time trust is lost. Returns how to stop that. */
  onLost(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    clearInterval(this.timer);
  }

  private look(): Promise<boolean> {
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async ask(): Promise<boolean> {
    const at = performance.now();
    const before = this.verdict?.isTrusted ?? true;
    let reason: string | undefined;
    try {
      const { sightings, openRepair } = await this.repository.memory();
      reason = openRepair?.reason ?? (await whatHappenedTo(this.log, sightings));
    } catch {
      // Nothing new was learnt. A log that is away is told by whoever asks it for something.
      return before;
    }
    const isTrusted = reason === undefined;
    this.verdict = { isTrusted, at };
    if (isTrusted !== before) this.onVerdict(reason);
    if (before && !isTrusted) for (const listener of [...this.listeners]) listener();
    return isTrusted;
  }
}
