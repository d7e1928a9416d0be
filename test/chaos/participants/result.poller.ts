import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject, PollAccount, RowAccount } from '../ledger';
import { refusalOf } from './onlooker';

/** `<url>.json`, as far as it matters here. */
export interface ResultBody {
  readonly status: {
    readonly num_task_runs: number;
    readonly task_run_status_counts: Readonly<Record<string, number>>;
    readonly is_active: boolean;
  };
  readonly results: readonly (JsonObject & { readonly $id: string | null; readonly $status: string })[];
}

/** Somebody who asks for the whole result again and again, until the group is done. */
export class ResultPoller {
  readonly #url: string;
  readonly #group: string;
  readonly #everyMs: number;
  readonly #polls: PollAccount[] = [];
  readonly #known = new Map<number, string>();
  #done = false;

  constructor(group: { id: string; url: string }, everyMs: number) {
    this.#group = group.id;
    this.#url = group.url;
    this.#everyMs = everyMs;
  }

  get account(): readonly PollAccount[] {
    return this.#polls;
  }

  get done(): boolean {
    return this.#done;
  }

  /** Until the group is done or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#done) {
      await this.poll();
      await sleep(this.#everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async poll(): Promise<void> {
    const at = Date.now();
    try {
      const answer = await fetch(`${this.#url}.json`, { signal: AbortSignal.timeout(10_000) });
      if (answer.ok) this.#note(at, answer.status, (await answer.json()) as ResultBody);
      else {
        const refusal = refusalOf(at, 'json', answer, await answer.text());
        this.#polls.push({ group: this.#group, at, status: answer.status, refusal });
      }
    } catch {
      this.#polls.push({ group: this.#group, at, status: null });
    }
  }

  #note(at: number, httpStatus: number, { status, results }: ResultBody): void {
    const changed: RowAccount[] = [];
    results.forEach((result, row) => {
      const text = JSON.stringify(result);
      if (this.#known.get(row) === text) return;
      this.#known.set(row, text);
      changed.push({ row, status: result.$status, runId: result.$id, result });
    });
    this.#done = !status.is_active;
    this.#polls.push({
      group: this.#group,
      at,
      status: httpStatus,
      active: status.is_active,
      counts: status.task_run_status_counts,
      rowCount: results.length,
      changed,
    });
  }
}
