import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@multitask/platform';
import type { Feed } from './feed';
import type { Outbox, OutboxEvent } from './outbox';

export type RelayedOutbox = Pick<Outbox, 'lead' | 'next' | 'mark' | 'forget' | 'close'>;

export interface RelayParts {
  readonly open: () => Promise<RelayedOutbox>;
  readonly feed: Pick<Feed, 'ensure' | 'publish'>;
  readonly logger: Logger;
  readonly onPublished: (count: number) => void;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** Events in hand at once: a second's work. */
const atOnce = 500;
/** Runs whose events are under way at the same time; those of one run go one after another. */
const runsAtOnce = 64;
/** What no word came of: other replicas' changes when NATS was away. */
const lookAgainMs = 1_000;
const tryAgainMs = 1_000;
const forgetEveryMs = 3_600_000;

/**
 * Brings committed events to JetStream, those of a run in the order of their numbers, at least once each. One relay is at work
 * among all replicas, and the others wait for its lock.
 */
export class OutboxRelay {
  private readonly ending = new AbortController();
  private nudged = new AbortController();
  private work: Promise<void> | undefined;

  constructor(private readonly parts: RelayParts) {}

  start(): void {
    this.work = this.run();
  }

  /** There may be something to publish. */
  nudge(): void {
    this.nudged.abort();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    this.nudge();
    await this.work;
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      try {
        await this.relay();
      } catch (error) {
        if (!signal.aborted) this.parts.logger.warn({ err: error }, 'publishing events failed; trying again');
      }
      await pause(tryAgainMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** From the first try for the lock until something fails. */
  private async relay(): Promise<void> {
    const { signal } = this.ending;
    const outbox = await this.parts.open();
    try {
      while (!(await outbox.lead())) {
        await pause(lookAgainMs, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
      }
      await this.parts.feed.ensure();
      let forgotAt = -Infinity;
      while (!signal.aborted) {
        this.nudged = new AbortController();
        const events = await outbox.next(atOnce);
        if (events.length > 0) await this.publish(outbox, events);
        else {
          if (this.parts.now() - forgotAt >= forgetEveryMs) {
            await outbox.forget();
            forgotAt = this.parts.now();
          }
          await pause(lookAgainMs, undefined, { signal: this.nudged.signal }).catch(() => undefined);
        }
      }
    } finally {
      await outbox.close();
    }
  }

  /** Marks what was stored even when something was not; throws then, so that everything is looked at anew. */
  private async publish(outbox: RelayedOutbox, events: readonly OutboxEvent[]): Promise<void> {
    const runs = [...Map.groupBy(events, ({ runId }) => runId).values()];
    const stored: number[] = [];
    let failure: unknown;
    const worker = async () => {
      for (let run = runs.pop(); run && failure === undefined; run = runs.pop())
        for (const event of run) {
          try {
            await this.parts.feed.publish(event);
            stored.push(event.id);
          } catch (error) {
            // None of its run goes out before it.
            failure ??= error;
            break;
          }
        }
    };
    await Promise.all(Array.from({ length: runsAtOnce }, worker));
    await outbox.mark(stored);
    this.parts.onPublished(stored.length);
    if (failure !== undefined) throw failure;
  }
}
