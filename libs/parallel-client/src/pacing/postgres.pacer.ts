import { sql, type Kysely } from 'kysely';
import { unitMs, type BudgetName, type Budgets, type Pacer } from './pacer';

/** `pacing.budgets`: when each budget of a key is free again. */
export interface BudgetsTable {
  fingerprint: string;
  budget: string;
  tat: Date;
}

interface PacingTables {
  'pacing.budgets': BudgetsTable;
}

/** Budgets shared through Postgres: one statement per reservation, by the database's clock. */
export class PostgresPacer implements Pacer {
  private readonly db: Kysely<PacingTables>;

  constructor(
    // eslint-disable-next-line typescript/no-explicit-any -- Kysely's type is invariant: no narrower type takes every schema
    db: Kysely<any>,
    private readonly budgets: Budgets,
  ) {
    this.db = db as Kysely<PacingTables>;
  }

  async reserve(key: string, budget: BudgetName, amount: number): Promise<number> {
    const rate = this.budgets[budget];
    const price = sql`make_interval(secs => ${(amount * unitMs(rate)) / 1_000}::double precision)`;
    const row = await this.db
      .insertInto('pacing.budgets')
      .values({ fingerprint: key, budget, tat: sql<Date>`clock_timestamp() + ${price}` })
      .onConflict((conflict) =>
        conflict
          .columns(['fingerprint', 'budget'])
          .doUpdateSet({ tat: sql<Date>`greatest(pacing.budgets.tat, clock_timestamp()) + ${price}` }),
      )
      .returning(
        sql<number>`extract(epoch from (pacing.budgets.tat - ${price} - clock_timestamp()))::double precision * 1000`.as(
          'wait',
        ),
      )
      .executeTakeFirstOrThrow();
    return Math.max(0, Math.ceil(Number(row.wait) - rate.burst * unitMs(rate)));
  }
}
