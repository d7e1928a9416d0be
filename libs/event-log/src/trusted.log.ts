import type { GroupEvent, Writer } from '@multitask/contracts';
import { LogUnavailableError, type Appended, type EventLog, type Expectation, type LogEntry } from './event-log';

/** Who knows whether the log is still the one that everybody has worked on. */
export interface Trust {
  isTrusted(): Promise<boolean>;
  /** What was found out before no longer counts. */
  forget(): void;
  onLost(listener: () => void): () => void;
}

/**
 * A log that is not available while it is another one than was seen, for instance one that was restored from an older copy: what
 * is decided on such a log may buy a row twice. Everything rejects with {@link LogUnavailableError} and tails end until it is
 * repaired, so whoever bears an outage of the log bears this.
 */
export class TrustedLog implements EventLog {
  constructor(
    private readonly log: EventLog & { onReconnect?(listener: () => void): void },
    private readonly trust: Trust,
  ) {
    // A log is exchanged while its server is down.
    log.onReconnect?.(() => trust.forget());
  }

  async append(groupId: string, events: readonly GroupEvent[], expect: Expectation): Promise<Appended> {
    await this.requireTrust();
    return this.log.append(groupId, events, expect);
  }

  async *readGroup(groupId: string, fromSeq?: number, writer?: Writer): AsyncIterable<LogEntry> {
    await this.requireTrust();
    yield* this.log.readGroup(groupId, fromSeq, writer);
  }

  async lastSeq(groupId: string, writer?: Writer): Promise<number> {
    await this.requireTrust();
    return this.log.lastSeq(groupId, writer);
  }

  /** Ends, without an error, when trust is lost. */
  async *tail(filter: string, fromSeq: number, signal: AbortSignal): AsyncIterable<LogEntry> {
    await this.requireTrust();
    const ending = new AbortController();
    const end = () => ending.abort();
    const stopListening = this.trust.onLost(end);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    try {
      yield* this.log.tail(filter, fromSeq, ending.signal);
    } finally {
      stopListening();
      signal.removeEventListener('abort', end);
    }
  }

  async purgeGroup(groupId: string, beforeSeq?: number): Promise<void> {
    await this.requireTrust();
    await this.log.purgeGroup(groupId, beforeSeq);
  }

  async incarnation(): Promise<string> {
    await this.requireTrust();
    return this.log.incarnation();
  }

  async fingerprint(seq: number): Promise<string | undefined> {
    await this.requireTrust();
    return this.log.fingerprint(seq);
  }

  async state(): ReturnType<EventLog['state']> {
    await this.requireTrust();
    return this.log.state();
  }

  private async requireTrust(): Promise<void> {
    if (!(await this.trust.isTrusted()))
      throw new LogUnavailableError('The log was set back to an older copy and is being repaired.');
  }
}
