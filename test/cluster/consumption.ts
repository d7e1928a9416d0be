import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterHouse } from './house';

/** Metrics are that old at most; asking more often tells nothing new. */
const everyMs = 10_000;

/** What every container of each part takes by `kubectl top`, asked again and again until the end. */
export class Consumption {
  readonly #leaving = new AbortController();
  readonly #seen = new Map<string, { readonly cpu: number[]; readonly memory: number[] }>();
  readonly #running: Promise<void>;

  constructor(house: ClusterHouse) {
    this.#running = this.#watch(house);
  }

  /** The middle and the highest of what one replica of each part took: CPU in thousandths, memory in MiB. */
  async stop(): Promise<string> {
    this.#leaving.abort();
    await this.#running;
    return [...this.#seen]
      .map(([part, { cpu, memory }]) => `${part} ${summary(cpu)} m ${summary(memory)} MiB`)
      .join(', ');
  }

  async #watch({ kubernetes, namespace, release }: ClusterHouse): Promise<void> {
    const chosen = ['-l', `app.kubernetes.io/instance=${release}`];
    const ask = ['-n', namespace, 'top', 'pods', '--containers', '--no-headers', ...chosen];
    while (!this.#leaving.signal.aborted) {
      const text = await kubernetes.kubectl(ask, { mayFail: true, timeoutMs: 20_000 });
      for (const line of text.split('\n').filter(Boolean)) this.#note(line);
      await sleep(everyMs, undefined, { signal: this.#leaving.signal }).catch(() => undefined);
    }
  }

  #note(line: string): void {
    const [, container, cpu, memory] = line.trim().split(/\s+/);
    const seen = this.#seen.get(container!) ?? { cpu: [], memory: [] };
    this.#seen.set(container!, seen);
    seen.cpu.push(parseInt(cpu!, 10));
    seen.memory.push(parseInt(memory!, 10));
  }
}

function summary(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  return `${sorted[Math.floor(sorted.length / 2)]}–${sorted.at(-1)}`;
}
