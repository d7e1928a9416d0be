import type { RowView } from '@multitask/task-group';
import type { SpoolSpace } from './spool.space';
import { TemporaryFile } from './temporary.file';

/** Bytes kept in memory for one export; what is beyond goes to a file. */
const memoryBytes = 1024 * 1024;
/** Characters of rows put together: writing and reading them back takes a millisecond or two each. */
const pieceLength = 128 * 1024;

/** In memory, or where in the file. */
type Piece = Buffer | { readonly offset: number; readonly length: number };

/**
 * Rows between the database, which must not wait, and a reader, who may take its time. It may be read while it is still written,
 * and more than once.
 */
export class RowSpool {
  private readonly pieces: Piece[] = [];
  private inMemory = 0;
  private inFile = 0;
  private file: Promise<TemporaryFile> | undefined;
  private state: 'open' | 'ended' | 'closed' = 'open';
  private failure: unknown;
  private news = Promise.withResolvers<void>();

  constructor(private readonly space: SpoolSpace) {}

  /** Returns the bytes they take. */
  async append(rows: readonly RowView[]): Promise<number> {
    let bytes = 0;
    for (let at = 0; at < rows.length;) {
      const texts: string[] = [];
      for (let length = 0; at < rows.length && length < pieceLength; at++) {
        const text = JSON.stringify(rows[at]);
        texts.push(text);
        length += text.length;
      }
      const piece = Buffer.from(`[${texts.join(',')}]`);
      bytes += piece.length;
      await this.keep(piece);
      this.tell();
    }
    return bytes;
  }

  /** No more rows come: because that were all, or because of what went wrong, which every reader is then told. */
  end(failure?: unknown): void {
    if (this.state !== 'open') return;
    this.state = 'ended';
    this.failure = failure;
    this.tell();
  }

  /** All rows from the first one on, some at a time; waits for those that are still to come. */
  async *rows(): AsyncGenerator<readonly RowView[]> {
    for (let index = 0; ; index++) {
      while (index >= this.pieces.length && this.state === 'open') await this.news.promise;
      if (this.state === 'closed') throw new Error('the spool was closed');
      if (index < this.pieces.length)
        yield JSON.parse((await this.bytesOf(this.pieces[index]!)).toString()) as RowView[];
      else if (this.failure !== undefined) throw this.failure;
      else return;
    }
  }

  /** Whoever still writes or reads is told by an error. */
  async close(): Promise<void> {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.tell();
    this.space.giveBack(this.inFile);
    await (await this.file?.catch(() => undefined))?.close();
  }

  private tell(): void {
    this.news.resolve();
    this.news = Promise.withResolvers();
  }

  private async keep(piece: Buffer): Promise<void> {
    if (this.state !== 'open') throw new Error('the spool was closed');
    if (this.inMemory + piece.length <= memoryBytes) {
      this.inMemory += piece.length;
      this.pieces.push(piece);
      // Others get their turn between two pieces, as they do while one is written to a file.
      return new Promise((resolve) => setImmediate(resolve));
    }
    this.space.take(piece.length);
    const offset = this.inFile;
    this.inFile += piece.length;
    const { handle } = await (this.file ??= hiddenFile());
    const { bytesWritten } = await handle.write(piece, 0, piece.length, offset);
    // A disk that becomes full takes the first part without an error.
    if (bytesWritten < piece.length) throw new Error(`only ${bytesWritten} of ${piece.length} bytes were written`);
    this.pieces.push({ offset, length: piece.length });
  }

  private async bytesOf(piece: Piece): Promise<Buffer> {
    if (Buffer.isBuffer(piece)) return piece;
    const bytes = Buffer.allocUnsafe(piece.length);
    await (await this.file!).handle.read(bytes, 0, piece.length, piece.offset);
    return bytes;
  }
}

async function hiddenFile(): Promise<TemporaryFile> {
  const file = await TemporaryFile.open();
  await file.hide();
  return file;
}
