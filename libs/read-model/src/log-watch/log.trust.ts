import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@multitask/platform';
import type { Kysely } from 'kysely';
import type { Database } from '../tables/database.table';
import { whatHappenedTo, type VerifiableLog } from './log.verification';
import { LogWatchRepository } from './log.watch.repository';

/** How often each service looks; a log is exchanged while its server is down, which takes about as long. */
const everyMs = 1_000;
/** An older verdict is not relied on. */
const freshMs = 3_000;
/** Whoever asks is not kept longer than this: a log or database that is away is told by whatever comes next. */
const patienceMs = 2_000;

/**
 * Whether the log is the one that everybody has worked on, as one process knows it: it compares the end of the log as it was
 * seen with what stands there now, each second and after each reconnect. While the database cannot be asked, the last verdict
 * stands, since readers shall go on: keys are in the database, so a group that is taken over meanwhile buys nothing, and one that is
 * held is held to the log by its fence.
 */
export class LogTrust {
  private verdict: { readonly isTrusted: boolean; readonly at: number } | undefined;
  private trustedBefore = true;
  private mustLookAtAll = true;
  /** Counts what was forgotten: an answer to an older question is none. */
  private generation = 0;
  private asking: Promise<boolean> | undefined;
  private readonly listeners = new Set<() => void>();
  private readonly timer: NodeJS.Timeout;
  private readonly repository: LogWatchRepository;

  constructor(
    db: Kysely<Database>,
    private readonly log: VerifiableLog,
    private readonly logger: Logger,
  ) {
    this.repository = new LogWatchRepository(db);
    this.timer = setInterval(() => void this.look(), everyMs).unref();
  }

  /** Nothing that was found out before counts any more: the server was away. */
  forget(): void {
    this.verdict = undefined;
    this.mustLookAtAll = true;
    this.generation++;
  }

  /** False while the log is another one than was seen, until it is repaired. */
  async isTrusted(): Promise<boolean> {
    const known = this.verdict;
    if (known && performance.now() - known.at < freshMs) return known.isTrusted;
    const limit = new AbortController();
    const late = pause(patienceMs, undefined, { signal: limit.signal }).then(
      () => this.keepVerdict(),
      () => true,
    );
    return Promise.race([this.look(), late]).finally(() => limit.abort());
  }

  /** Called each time trust is lost. Returns how to stop that. */
  onLost(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    clearInterval(this.timer);
  }

  private keepVerdict(): boolean {
    this.verdict = { isTrusted: this.trustedBefore, at: performance.now() };
    return this.trustedBefore;
  }

  private look(): Promise<boolean> {
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async ask(): Promise<boolean> {
    const at = performance.now();
    const { generation } = this;
    const before = this.trustedBefore;
    let reason: string | undefined;
    try {
      const { sightings, openRepair } = await this.repository.memory();
      reason = openRepair?.reason ?? (await whatHappenedTo(this.log, sightings, { all: this.mustLookAtAll }));
    } catch {
      return this.keepVerdict();
    }
    if (generation !== this.generation) return this.ask();
    this.mustLookAtAll = false;
    const isTrusted = reason === undefined;
    this.trustedBefore = isTrusted;
    this.verdict = { isTrusted, at };
    if (before && !isTrusted)
      this.logger.error({ reason }, 'the log was set back: it is left alone until it is repaired');
    if (!before && isTrusted) this.logger.warn('the log is repaired');
    if (before && !isTrusted) for (const listener of [...this.listeners]) listener();
    return isTrusted;
  }
}
