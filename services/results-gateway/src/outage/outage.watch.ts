import { setTimeout as pause } from 'node:timers/promises';
import type { OnModuleDestroy } from '@nestjs/common';
import { MultitaskError } from '@multitask/contracts';
import type { Logger } from '@multitask/platform';

/** What results are made from. */
export type Store = 'log' | 'database';

/** Each resolves when the store answers; it may wait for that as long as it likes. */
export type StoreQuestions = Readonly<Record<Store, () => Promise<unknown>>>;

export interface WatchTimes {
  readonly everyMs: number;
  /** A restart within this is not worth a word: readers get everything a moment later anyway. */
  readonly patienceMs: number;
}

/** What a minute's outage leaves is made up for in seconds; this has room for much longer ones. */
const catchUpMs = 120_000;

const usualTimes: WatchTimes = { everyMs: 1_000, patienceMs: 1_500 };

/** In plain words, for whoever looks at a result. Without the log nothing new is known; without the database it comes late. */
const sentences: Readonly<Record<Store, string>> = {
  log: 'Not live at the moment: a part of the service is away. This is what was known before; nothing is lost, and it goes on by itself.',
  database:
    'Updates may come late at the moment: a part of the service is away. Nothing is lost, and it goes on by itself.',
};

/** Knows whether what readers get is live, and says why not. Asks each store once a second. */
export class OutageWatch implements OnModuleDestroy {
  private readonly away = new Set<Store>();
  private databaseAwayUntil = -Infinity;
  private readonly ending = new AbortController();

  constructor(
    questions: StoreQuestions,
    private readonly logger: Logger,
    private readonly times: WatchTimes = usualTimes,
  ) {
    for (const store of ['log', 'database'] as const) void this.watch(store, questions[store]);
  }

  /** One sentence while a store is away, else null. */
  get notice(): string | null {
    const store = this.away.has('log') ? 'log' : this.away.has('database') ? 'database' : undefined;
    return store === undefined ? null : sentences[store];
  }

  /** The database is away, or was until a moment ago: the read model may lag behind a log that can be asked. */
  get isCatchingUp(): boolean {
    if (this.away.has('log')) return false;
    return this.away.has('database') || Date.now() - this.databaseAwayUntil < catchUpMs;
  }

  /** Throws `not_ready` at once while nothing live can be had: waiting for it would only keep the reader in the dark. */
  requireLog(): void {
    if (this.away.has('log')) throw new MultitaskError('not_ready', sentences.log, { retryAfter: 2 });
  }

  onModuleDestroy(): void {
    this.ending.abort();
  }

  private async watch(store: Store, ask: () => Promise<unknown>): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      const late = setTimeout(() => this.note(store, true), this.times.patienceMs).unref();
      const failed = await ask().then(
        () => false,
        () => true,
      );
      clearTimeout(late);
      this.note(store, failed);
      await pause(this.times.everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private note(store: Store, isAway: boolean): void {
    if (this.away.has(store) === isAway || this.ending.signal.aborted) return;
    if (isAway) this.away.add(store);
    else this.away.delete(store);
    if (store === 'database') this.databaseAwayUntil = Date.now();
    if (isAway) this.logger.warn({ store }, 'readers are told that a store is away');
    else this.logger.info({ store }, 'readers are told that the store is back');
  }
}
