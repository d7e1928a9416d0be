import { randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An open file that is gone with whoever holds it. */
export class TemporaryFile {
  private hasName = true;

  private constructor(
    readonly path: string,
    readonly handle: FileHandle,
  ) {}

  static async open(): Promise<TemporaryFile> {
    const path = join(tmpdir(), `multitask-result-${randomUUID()}`);
    return new TemporaryFile(path, await open(path, 'wx+', 0o600));
  }

  /** Takes its name away, where the system allows that: a process that dies leaves nobody's results behind. */
  async hide(): Promise<void> {
    if (!this.hasName) return;
    this.hasName = await rm(this.path).then(
      () => false,
      () => true,
    );
  }

  async close(): Promise<void> {
    await this.handle.close();
    if (this.hasName) await rm(this.path, { force: true });
  }
}
