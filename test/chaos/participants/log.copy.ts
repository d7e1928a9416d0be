import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoreServer } from './store.server';

/** A copy of the log's data directory, as a backup or a snapshot of a volume is. */
export class LogCopy {
  readonly takenAt: number;
  readonly #data: string;
  readonly #copy: string;

  private constructor(data: string, copy: string, takenAt: number) {
    this.#data = data;
    this.#copy = copy;
    this.takenAt = takenAt;
  }

  /** Copies while the server works, as it would find its files after a power cut. */
  static async take(server: StoreServer): Promise<LogCopy> {
    const folder = await server.folder();
    const [data, copy] = [join(folder, 'jetstream'), join(folder, 'jetstream-copy')];
    const takenAt = Date.now();
    // A file that the server replaces meanwhile may vanish under the copy.
    for (let attempt = 1; ; attempt++)
      try {
        await rm(copy, { recursive: true, force: true });
        await cp(data, copy, { recursive: true });
        return new LogCopy(data, copy, takenAt);
      } catch (error) {
        if (attempt === 5) throw error;
      }
  }

  /** Only while the server is down. */
  async putBack(): Promise<void> {
    await rm(this.#data, { recursive: true });
    await rename(this.#copy, this.#data);
  }
}
