import type { Kysely } from 'kysely';
import type { Database } from '../tables/database.table';

export interface Checkpoint {
  readonly partition: string;
  readonly incarnation: string;
  readonly seq: number;
  /** Hash of the message at `seq`; null at the very start. */
  readonly fingerprint: string | null;
}

export class CheckpointRepository {
  constructor(private readonly db: Kysely<Database>) {}

  async find(partition: string): Promise<Checkpoint | undefined> {
    return this.db
      .selectFrom('read.checkpoint')
      .select(['partition', 'incarnation', 'seq', 'fingerprint'])
      .where('partition', '=', partition)
      .executeTakeFirst();
  }

  async all(): Promise<Checkpoint[]> {
    return this.db.selectFrom('read.checkpoint').select(['partition', 'incarnation', 'seq', 'fingerprint']).execute();
  }

  /** The partition's checkpoint; a partition that was never projected starts below the first event. */
  async open(partition: string, incarnation: string): Promise<Checkpoint> {
    await this.db
      .insertInto('read.checkpoint')
      .values({ partition, incarnation, seq: 0, fingerprint: null })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return (await this.find(partition))!;
  }
}
