import { sql, type Kysely } from 'kysely';
import type { Database } from '../tables/database.table';

/** A place in the log and a hash of the message that stood there. */
export interface Sighting {
  readonly partition: string;
  readonly incarnation: string;
  readonly seq: number;
  readonly fingerprint: string;
}

export interface OpenRepair {
  readonly id: number;
  readonly reason: string;
  readonly noticedAt: Date;
}

/** What is known of the log outside of it. */
export interface LogMemory {
  /** Newest first. */
  readonly sightings: readonly Sighting[];
  readonly openRepair: OpenRepair | undefined;
}

export class LogWatchRepository {
  constructor(private readonly db: Kysely<Database>) {}

  /** Ends of partitions as they were seen, and positions that were projected; the same place may come twice. */
  async memory(): Promise<LogMemory> {
    const [seen, projected, repair] = await Promise.all([
      this.db.selectFrom('log.witness').select(['partition', 'incarnation', 'seq', 'fingerprint']).execute(),
      this.db
        .selectFrom('read.checkpoint')
        .select(['partition', 'incarnation', 'seq', 'fingerprint'])
        .where('seq', '>', 0)
        .where('fingerprint', 'is not', null)
        .execute(),
      this.openRepair(),
    ]);
    const sightings = [...seen, ...(projected as Sighting[])].sort((a, b) => b.seq - a.seq);
    return { sightings, openRepair: repair };
  }

  /** Remembers newer ends of partitions; older ones, and those of another incarnation, change nothing. */
  async remember(sightings: readonly Sighting[]): Promise<void> {
    if (sightings.length === 0) return;
    await this.db
      .insertInto('log.witness')
      .values(sightings)
      .onConflict((conflict) =>
        conflict
          .column('partition')
          .doUpdateSet((row) => ({
            seq: row.ref('excluded.seq'),
            fingerprint: row.ref('excluded.fingerprint'),
            seen_at: sql<Date>`now()`,
          }))
          .whereRef('log.witness.seq', '<', 'excluded.seq')
          .whereRef('log.witness.incarnation', '=', 'excluded.incarnation'),
      )
      .execute();
  }

  async openRepair(): Promise<OpenRepair | undefined> {
    return this.db
      .selectFrom('log.repairs')
      .select(['id', 'reason', 'noticed_at as noticedAt'])
      .where('done_at', 'is', null)
      .executeTakeFirst();
  }

  /** The repair that is under way from now on, or was already. */
  async beginRepair(reason: string): Promise<OpenRepair> {
    await this.db
      .insertInto('log.repairs')
      .values({ reason, done_at: null, report: null })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return (await this.openRepair())!;
  }

  /** The log is what it should be: in the transaction that shows the read model made from it. */
  async endRepair(id: number, sightings: readonly Sighting[], report: unknown): Promise<void> {
    await this.db.deleteFrom('log.witness').execute();
    if (sightings.length > 0) await this.db.insertInto('log.witness').values(sightings).execute();
    await this.db
      .updateTable('log.repairs')
      .set({ done_at: sql<Date>`now()`, report: JSON.stringify(report) })
      .where('id', '=', id)
      .execute();
  }
}
