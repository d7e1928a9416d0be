import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupAccount } from '../../chaos/ledger';

const everyMs = 200;
const patienceMs = 20_000;
const repeatsForMs = 240_000;

/**
 * Somebody who asks five times a second, in turn what a group would cost and how a group is; whatever fails is asked again until it
 * succeeds. Nothing is bought.
 */
export class SteadyCaller {
  readonly #leaving = new AbortController();
  readonly #calls: Promise<void>[] = [];
  readonly #running: Promise<void>;

  constructor(origin: string, groups: readonly GroupAccount[]) {
    const price = (number: number) => () =>
      fetch(`${origin}/v1beta/tasks/multitask?dry_run=true`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `steady ${origin} ${number}` },
        body: JSON.stringify({ inputs: [{ number }], output_type: 'text', processor: 'lite' }),
        signal: AbortSignal.timeout(patienceMs),
      });
    const look = (url: string) => () => fetch(`${url}/status`, { signal: AbortSignal.timeout(patienceMs) });
    const begin = async () => {
      for (let number = 0; !this.#leaving.signal.aborted; number++) {
        const url = groups[number % Math.max(1, groups.length)]?.answers[0]?.url;
        this.#calls.push(untilAnswered(number % 2 === 0 || url === undefined ? price(number) : look(url)));
        await sleep(everyMs);
      }
    };
    this.#running = begin();
  }

  /** Begins nothing more; resolves when what was begun has succeeded. */
  async stop(): Promise<void> {
    this.#leaving.abort();
    await this.#running;
    await Promise.all(this.#calls);
  }
}

async function untilAnswered(ask: () => Promise<Response>): Promise<void> {
  for (const deadline = Date.now() + repeatsForMs; Date.now() < deadline; await sleep(100))
    if ((await ask().catch(() => undefined))?.ok) return;
}
