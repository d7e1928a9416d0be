import { MultitaskError } from '@multitask/contracts';
import { formatEventId, wholeResult } from '@multitask/result-formats';
import { TableShape, writeSqlite } from '@multitask/sqlite-export';
import type { OpenGroup } from '../group/group.source';
import type { GroupExports } from './group.export';
import { TemporaryFile } from './temporary.file';

/** A finished file, and of which state of the group it is. */
export interface SqliteFile {
  readonly group: Pick<OpenGroup, 'header' | 'incarnation'>;
  readonly bytes: number;
  read(): AsyncIterable<Buffer>;
  /** Must follow. */
  close(): Promise<void>;
}

interface Shared {
  readonly made: Promise<Omit<SqliteFile, 'close'> & { readonly file: TemporaryFile }>;
  readers: number;
}

/** Groups as SQLite files. Readers who ask for the same state while it is made or sent share one file; then it is deleted. */
export class SqliteFiles {
  private readonly shared = new Map<string, Shared>();

  constructor(
    private readonly exports: GroupExports,
    private readonly notice: () => string | null,
  ) {}

  /** `state` names how far the group has come that the reader asks for. */
  async open(groupId: string, state: string): Promise<SqliteFile> {
    const key = `${groupId} ${state}`;
    const shared = this.shared.get(key) ?? { made: this.make(groupId), readers: 0 };
    this.shared.set(key, shared);
    shared.readers++;
    const leave = async () => {
      if (--shared.readers > 0) return;
      this.shared.delete(key);
      const made = await shared.made.catch(() => undefined);
      if (!made) return;
      this.exports.space.giveBack(made.bytes);
      await made.file.close();
    };
    try {
      const { group, bytes, read } = await shared.made;
      let isOpen = true;
      const close = async () => {
        if (!isOpen) return;
        isOpen = false;
        await leave();
      };
      return { group, bytes, read, close };
    } catch (error) {
      await leave();
      throw isOfDisk(error) ? noRoom(error) : error;
    }
  }

  private async make(groupId: string) {
    const shape = new TableShape();
    const opened = await this.exports.open(groupId, wholeResult, (row) => shape.see(row));
    let file: TemporaryFile | undefined;
    try {
      const written = (file = await TemporaryFile.open());
      await opened.filled;
      const { header, incarnation } = opened.group;
      const eventId = formatEventId({ incarnation, seq: header.seq });
      const content = {
        head: { header, eventId, notice: this.notice() },
        shape,
        rows: opened.spool.rows(),
      };
      await writeSqlite(written.path, content, () => written.hide());
      const { size: bytes } = await written.handle.stat();
      this.exports.space.take(bytes);
      return { group: opened.group, bytes, file: written, read: () => contentOf(written, bytes) };
    } catch (error) {
      await file?.close();
      throw error;
    } finally {
      await opened.close();
    }
  }
}

/** The disk is full, or no more files may be open: it may pass. */
const isOfDisk = (error: unknown): boolean =>
  /^(E[A-Z]+|ERR_SQLITE_ERROR)$/.test(String((error as NodeJS.ErrnoException).code));

const noRoom = (cause: unknown): MultitaskError =>
  new MultitaskError('not_ready', 'The file cannot be made just now. Please try again shortly.', {
    retryAfter: 30,
    cause,
  });

const chunkBytes = 256 * 1024;

/** Positions are ours, so that several readers may be at different places of one file. */
async function* contentOf({ handle }: Pick<TemporaryFile, 'handle'>, bytes: number): AsyncGenerator<Buffer> {
  for (let position = 0; position < bytes;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position);
    if (bytesRead === 0) throw new Error('the file ended early');
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
