import type { ResultQuery } from '@multitask/result-formats';
import type { RowView } from '@multitask/task-group';
import type { GroupSource, OpenGroup } from '../group/group.source';
import type { ExportTurns } from './export.turns';
import { RowSpool } from './row.spool';
import type { SpoolSpace } from './spool.space';

/** Rows of the first reading; how long they are says how many the next may be. */
const firstRows = 100;
const mostRows = 2_000;
/** Rows looked at before others get their turn. */
const rowsAtOnce = 100;
/** Bytes of one reading: what a row takes while it is on its way from the database into the spool. */
const readingBytes = 2 * 1024 * 1024;

/** A whole group on its way out: its header is known, its rows come into the spool as fast as the database gives them. */
export interface GroupExport {
  readonly group: Pick<OpenGroup, 'header' | 'incarnation'>;
  readonly spool: RowSpool;
  /** When all rows are in the spool, and `see` has seen each of them. */
  readonly filled: Promise<void>;
  /** Must follow, whether all was read or not. */
  close(): Promise<void>;
}

/** Reads groups that are too long for memory. */
export class GroupExports {
  constructor(
    private readonly source: Pick<GroupSource, 'open'>,
    private readonly turns: ExportTurns,
    readonly space: SpoolSpace,
  ) {}

  /** Throws what {@link GroupSource.open} throws, and `not_ready` when there are too many already. */
  async open(
    groupId: string,
    { from, statuses }: Pick<ResultQuery, 'from' | 'statuses'>,
    see: (row: RowView) => void,
  ): Promise<GroupExport> {
    const endTurn = await this.turns.take();
    const group = await this.source.open(groupId).catch((error: unknown) => {
      endTurn();
      throw error;
    });
    const spool = new RowSpool(this.space);
    const fill = async () => {
      try {
        let size = firstRows;
        for (let next = from; ;) {
          const rows = await group.read(next, size);
          let bytes = 0;
          for (let at = 0; at < rows.length; at += rowsAtOnce) {
            const some = rows.slice(at, at + rowsAtOnce).filter(({ status }) => !statuses || statuses.has(status));
            for (const row of some) see(row);
            bytes += await spool.append(some);
          }
          if (rows.length < size) break;
          next = rows.at(-1)!.row + 1;
          size = Math.min(mostRows, Math.ceil((readingBytes * rows.length) / Math.max(1, bytes)));
        }
        spool.end();
      } catch (error) {
        spool.end(error);
        throw error;
      } finally {
        await group.close().catch(() => undefined);
        endTurn();
      }
    };
    const filled = fill();
    // Whoever reads the spool is told of a failure there.
    filled.catch(() => undefined);
    return { group, spool, filled, close: () => spool.close() };
  }
}
