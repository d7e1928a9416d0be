import { randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const temporaryPath = (): string => join(tmpdir(), `multitask-result-${randomUUID()}`);

/** An open file without a name, where the system allows it: a process that dies leaves nobody's results behind. */
export interface TemporaryFile {
  readonly handle: FileHandle;
  close(): Promise<void>;
}

/** Opens what stands at `path`, or a new file there, and takes its name away. */
export async function openNameless(path: string, flags: 'r' | 'wx+'): Promise<TemporaryFile> {
  const handle = await open(path, flags, 0o600);
  const isNameless = await rm(path).then(
    () => true,
    () => false,
  );
  return {
    handle,
    close: async () => {
      await handle.close();
      if (!isNameless) await rm(path, { force: true });
    },
  };
}
