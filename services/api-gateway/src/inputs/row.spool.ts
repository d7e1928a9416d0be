import { createHash, randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MultitaskError } from '@multitask/contracts';
import type { RowChunk } from '@multitask/task-group';
import { spoolSpace, type SpoolSpace } from './spool.space';

/** Bytes kept in memory for one request; what is beyond goes to a file, so that large uploads do not add up in memory. */
const memoryBytes = 8 * 1024 * 1024;

interface Stored {
  readonly firstRow: number;
  /** In memory, or how many bytes of the file. */
  readonly at: Buffer | { readonly offset: number; readonly length: number };
}

/** Holds the chunks of rows of one request between checking and storing them. */
export class RowSpool {
  private readonly stored: Stored[] = [];
  private readonly hash = createHash('sha256');
  private inMemory = 0;
  private inFile = 0;
  private taken = 0;
  private file: FileHandle | undefined;
  private path: string | undefined;

  constructor(
    private readonly space: SpoolSpace = spoolSpace,
    private readonly folder: string = tmpdir(),
  ) {}

  async add(chunk: RowChunk): Promise<void> {
    const bytes = Buffer.from(JSON.stringify(chunk.inputs));
    this.hash.update(bytes);
    if (this.inMemory + bytes.length <= memoryBytes) {
      this.inMemory += bytes.length;
      this.stored.push({ firstRow: chunk.firstRow, at: bytes });
      return;
    }
    this.space.take(bytes.length);
    this.taken += bytes.length;
    await this.toFile(bytes).catch((cause: unknown) => {
      throw new MultitaskError('not_ready', 'Large uploads cannot be kept just now. Send this one again shortly.', {
        retryAfter: 30,
        cause,
      });
    });
    this.stored.push({ firstRow: chunk.firstRow, at: { offset: this.inFile, length: bytes.length } });
    this.inFile += bytes.length;
  }

  /** Names the rows: the same rows, however they were sent, have the same digest. */
  digest(): string {
    return this.hash.copy().digest('hex');
  }

  async *chunks(): AsyncGenerator<RowChunk> {
    for (const { firstRow, at } of this.stored)
      yield { firstRow, inputs: JSON.parse((await this.bytesAt(at)).toString()) as RowChunk['inputs'] };
  }

  async dispose(): Promise<void> {
    const { file } = this;
    this.space.giveBack(this.taken);
    this.taken = 0;
    this.file = undefined;
    this.stored.length = 0;
    await file?.close();
    if (this.path) await rm(this.path, { force: true });
  }

  private async toFile(bytes: Buffer): Promise<void> {
    this.file ??= await this.openFile();
    const { bytesWritten } = await this.file.write(bytes, 0, bytes.length, this.inFile);
    // A disk that becomes full takes the first part without an error.
    if (bytesWritten < bytes.length) throw new Error(`only ${bytesWritten} of ${bytes.length} bytes were written`);
  }

  private async bytesAt(at: Stored['at']): Promise<Buffer> {
    if (Buffer.isBuffer(at)) return at;
    const bytes = Buffer.alloc(at.length);
    const { bytesRead } = await this.file!.read(bytes, 0, at.length, at.offset);
    if (bytesRead < bytes.length) throw new Error(`only ${bytesRead} of ${bytes.length} bytes were read`);
    return bytes;
  }

  /** Nameless where the system allows it: a process that dies leaves no rows of anybody behind. */
  private async openFile(): Promise<FileHandle> {
    const path = join(this.folder, `multitask-rows-${randomUUID()}`);
    const file = await open(path, 'wx+', 0o600);
    await rm(path).catch(() => (this.path = path));
    return file;
  }
}
