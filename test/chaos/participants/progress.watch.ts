import { setTimeout as sleep } from 'node:timers/promises';
import type { ProgressAccount } from '../ledger';
import type { TableWitness } from './table.witness';

/** Looks at the checkpoints again and again; what cannot be asked is left out. */
export class ProgressWatch {
  readonly looks: ProgressAccount[] = [];
  readonly #leaving = new AbortController();
  readonly #running: Promise<void>;

  constructor(tables: TableWitness, everyMs = 100) {
    this.#running = this.#watch(tables, everyMs);
  }

  async close(): Promise<void> {
    this.#leaving.abort();
    await this.#running;
  }

  async #watch(tables: TableWitness, everyMs: number): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      const checkpoints = await tables.checkpoints().catch(() => undefined);
      if (checkpoints) this.looks.push({ at: Date.now(), checkpoints });
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
