import { partitionOf } from '@multitask/contracts';
import type { Kysely, Transaction } from 'kysely';
import type { GroupReader, GroupSnapshot, HeaderSnapshot, OpenSnapshot, SnapshotPosition } from '../group.reader';
import type { Database } from '../tables/database.table';
import { rowView, wholeHeader } from './view.mapping';

/** Rows fetched at once: 2,000 rows of 10 kB are 20 MB, and the round trips of 100,000 rows cost less than 100 ms. */
const rowsPerFetch = 2_000;

export class PostgresGroupReader implements GroupReader {
  constructor(private readonly db: Kysely<Database>) {}

  async snapshot(groupId: string): Promise<GroupSnapshot | undefined> {
    return this.page(groupId, 0, Number.MAX_SAFE_INTEGER);
  }

  async header(groupId: string): Promise<HeaderSnapshot | undefined> {
    return headerIn(this.db, groupId);
  }

  async page(groupId: string, from: number, limit: number): Promise<GroupSnapshot | undefined> {
    return this.db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (trx) => {
        const found = await headerIn(trx, groupId);
        if (!found) return undefined;
        const rows = await rowsIn(trx, groupId, from, limit);
        return { position: found.position, view: { ...found.header, rows } };
      });
  }

  async open(groupId: string): Promise<OpenSnapshot | undefined> {
    const trx = await this.db
      .startTransaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute();
    const close = async (): Promise<void> => {
      if (!trx.isCommitted && !trx.isRolledBack) await trx.rollback().execute();
    };
    try {
      const found = await headerIn(trx, groupId);
      if (found) return { ...found, close, read: (from, limit) => rowsIn(trx, groupId, from, limit) };
    } catch (error) {
      await close().catch(() => undefined);
      throw error;
    }
    await close();
    return undefined;
  }

  async rowByRunId(runId: string) {
    const found = await this.db
      .selectFrom('read.rows')
      .innerJoin('read.groups', 'read.groups.id', 'read.rows.group_id')
      .selectAll('read.rows')
      .select(['read.groups.header', 'read.groups.facts'])
      .where('read.rows.run_id', '=', runId)
      .executeTakeFirst();
    return found && { header: wholeHeader(found), row: rowView(found) };
  }

  async position(groupId: string): Promise<SnapshotPosition | undefined> {
    return this.db
      .selectFrom('read.checkpoint')
      .select(['incarnation', 'seq'])
      .where('partition', '=', partitionOf(groupId))
      .executeTakeFirst();
  }
}

/** One statement, so that the header and the position are of the same instant. */
async function headerIn(db: Kysely<Database>, groupId: string): Promise<HeaderSnapshot | undefined> {
  const found = await db
    .selectFrom('read.groups')
    .innerJoin('read.checkpoint', 'read.checkpoint.partition', 'read.groups.partition')
    .select(['read.groups.header', 'read.groups.facts', 'read.checkpoint.incarnation', 'read.checkpoint.seq'])
    .where('read.groups.id', '=', groupId)
    .executeTakeFirst();
  return found && { position: { incarnation: found.incarnation, seq: found.seq }, header: wholeHeader(found) };
}

async function rowsIn(trx: Transaction<Database>, groupId: string, from: number, limit: number) {
  const rows = [];
  for (let next = from; rows.length < limit;) {
    const size = Math.min(rowsPerFetch, limit - rows.length);
    const page = await trx
      .selectFrom('read.rows')
      .selectAll()
      .where('group_id', '=', groupId)
      .where('row_index', '>=', next)
      .orderBy('row_index')
      .limit(size)
      .execute();
    for (const row of page) rows.push(rowView(row));
    if (page.length < size) break;
    next = page.at(-1)!.row_index + 1;
  }
  return rows;
}
