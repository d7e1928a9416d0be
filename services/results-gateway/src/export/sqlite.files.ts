import { rm, stat } from 'node:fs/promises';
import { formatEventId, wholeResult } from '@multitask/result-formats';
import { TableShape, writeSqlite } from '@multitask/sqlite-export';
import type { OpenGroup } from '../group/group.source';
import type { GroupExports } from './group.export';
import { openNameless, temporaryPath, type TemporaryFile } from './temporary.file';

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

  /** `state` names what the reader asks for: the group and how far it has come. */
  async open(groupId: string, state: string): Promise<SqliteFile> {
    const shared = this.shared.get(state) ?? { made: this.make(groupId), readers: 0 };
    this.shared.set(state, shared);
    shared.readers++;
    const leave = async () => {
      if (--shared.readers > 0) return;
      this.shared.delete(state);
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
      throw error;
    }
  }

  private async make(groupId: string) {
    const shape = new TableShape();
    const opened = await this.exports.open(groupId, wholeResult, (row) => shape.see(row));
    const path = temporaryPath();
    try {
      await opened.filled;
      const { header, incarnation } = opened.group;
      const eventId = formatEventId({ incarnation, seq: header.seq });
      await writeSqlite(path, {
        head: { header, eventId, notice: this.notice() },
        shape,
        rows: opened.spool.rows(),
      });
      const { size: bytes } = await stat(path);
      this.exports.space.take(bytes);
      const file = await openNameless(path, 'r');
      return { group: opened.group, bytes, file, read: () => contentOf(file, bytes) };
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await opened.close();
    }
  }
}

const chunkBytes = 256 * 1024;

/** Positions are ours, so that several readers may be at different places of one file. */
async function* contentOf({ handle }: TemporaryFile, bytes: number): AsyncGenerator<Buffer> {
  for (let position = 0; position < bytes;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position);
    if (bytesRead === 0) throw new Error('the file ended early');
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
