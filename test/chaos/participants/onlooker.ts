import { setTimeout as sleep } from 'node:timers/promises';
import type { RefusalAccount } from '../ledger';
import { environmentOf } from './process.table';
import type { Product } from './product.process';

/** One answer to one look. */
export interface Look {
  readonly at: number;
  readonly tookMs: number;
  /** `readyz <service>`, or the format of a result. */
  readonly what: string;
  readonly status: number | null;
  readonly body: string;
  readonly refusal: RefusalAccount | undefined;
}

const everyMs = 400;
const patienceMs = 20_000;
/** Characters of an answer: a page says what is going on below its head, which alone has ten thousand. */
const kept = 40_000;

const formats = { json: '.json', html: '.html', md: '.md', status: '/status' };

/** Somebody who asks every service for its readiness and reads results in every format, again and again. */
export class Onlooker {
  readonly looks: Look[] = [];
  readonly #leaving = new AbortController();
  readonly #running: Promise<unknown>;

  private constructor(services: ReadonlyMap<string, string>, results: () => readonly string[]) {
    const asks = [
      ...[...services].map(
        ([name, port]) =>
          () =>
            this.#look(`readyz ${name}`, `http://127.0.0.1:${port}/readyz`),
      ),
      ...Object.entries(formats).map(
        ([name, ending]) =>
          () =>
            this.#read(name, ending, results()),
      ),
    ];
    this.#running = Promise.all(asks.map((ask) => this.#again(ask)));
  }

  /** `results`: URLs of groups that everybody knows already. */
  static async open(product: Product, results: () => readonly string[]): Promise<Onlooker> {
    const services = new Map<string, string>();
    for (const [name, pid] of await product.processes()) {
      const { OPS_PORT } = environmentOf(pid);
      if (OPS_PORT) services.set(name, OPS_PORT);
    }
    return new Onlooker(services, results);
  }

  async close(): Promise<void> {
    this.#leaving.abort();
    await this.#running;
  }

  async #again(ask: () => Promise<void>): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      await ask();
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #read(name: string, ending: string, urls: readonly string[]): Promise<void> {
    const url = urls[this.looks.length % Math.max(1, urls.length)];
    if (url !== undefined) await this.#look(name, `${url}${ending}`);
  }

  async #look(what: string, url: string): Promise<void> {
    const at = Date.now();
    const note = (status: number | null, body: string, refusal?: RefusalAccount) =>
      void this.looks.push({ at, tookMs: Date.now() - at, what, status, body, refusal });
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
      const body = await answer.text();
      const refused = !answer.ok && !what.startsWith('readyz');
      note(answer.status, body.slice(0, kept), refused ? refusalOf(at, what, answer, body) : undefined);
    } catch {
      note(null, '');
    }
  }
}

export const refusalOf = (at: number, of: string, answer: Response, body: string): RefusalAccount => ({
  at,
  of,
  status: answer.status,
  type: answer.headers.get('content-type') ?? '',
  retryAfter: answer.headers.get('retry-after'),
  body: body.slice(0, 4_000),
});
