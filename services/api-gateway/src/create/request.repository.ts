import { createAnswer, type CreateAnswer } from '@multitask/contracts';
import { sql, type Generated, type JSONColumnType, type Kysely, type Transaction } from 'kysely';
import { createSteps, type CreateSteps } from './create.steps';

interface RequestsTable {
  id: string;
  body_hash: string;
  state: 'in_progress' | 'done';
  steps: JSONColumnType<object>;
  answer: JSONColumnType<object> | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  locked_until: Date | null;
}

interface IdempotencyTables {
  'idempotency.requests': RequestsTable;
}

// eslint-disable-next-line typescript/no-explicit-any -- Kysely's type is invariant: no narrower type takes every schema
export type AnyDatabase = Kysely<any>;

/** What became of an attempt to work on a request. */
export type Claim =
  | { readonly kind: 'ours'; readonly steps: CreateSteps }
  | { readonly kind: 'done'; readonly answer: CreateAnswer; readonly steps: CreateSteps }
  | { readonly kind: 'busy'; readonly seconds: number }
  | { readonly kind: 'other_request' };

export interface OpenRequest {
  readonly id: string;
  readonly steps: CreateSteps;
  readonly createdAt: Date;
}

/** Somebody else took the request over: this process was too slow to say that it is still at work. */
export class TurnLostError extends Error {
  override readonly name = 'TurnLostError';
}

/**
 * How long a holder may be silent before the request is anybody's; it speaks every third of that. Short, because a caller whose
 * gateway died waits for it; a holder that only stood still is refused at its next step, so losing a turn costs a repeated call.
 */
export const turnSeconds = 4;

const turnEnd = sql<Date>`now() + make_interval(secs => ${turnSeconds})`;
const holderOf = sql<string>`steps ->> 'holder'`;

/** The rows of `idempotency.requests`: what was asked, how far it got, what was answered. Times are the database's. */
export class RequestRepository {
  private readonly db: Kysely<IdempotencyTables>;

  constructor(db: AnyDatabase) {
    this.db = db as Kysely<IdempotencyTables>;
  }

  /** What is known of a request, without taking it. */
  async find(id: string, bodyHash: string): Promise<Extract<Claim, { kind: 'done' | 'other_request' }> | undefined> {
    const row = await this.db.selectFrom('idempotency.requests').selectAll().where('id', '=', id).executeTakeFirst();
    if (!row) return undefined;
    if (row.body_hash !== bodyHash) return { kind: 'other_request' };
    return row.state === 'done' ? doneOf(row) : undefined;
  }

  /**
   * Takes the request. `begin` makes the first steps of a new one inside the same transaction: what it seals is there exactly
   * if the row is.
   */
  claim(
    id: string,
    bodyHash: string,
    holder: string,
    begin: (transaction: Transaction<never>) => Promise<CreateSteps>,
  ): Promise<Claim> {
    return this.db.transaction().execute(async (transaction) => {
      const inserted = await transaction
        .insertInto('idempotency.requests')
        .values({ id, body_hash: bodyHash, state: 'in_progress', steps: '{}', answer: null, locked_until: turnEnd })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirst();
      if (Number(inserted.numInsertedOrUpdatedRows ?? 0) > 0) {
        const steps = await begin(transaction as unknown as Transaction<never>);
        await transaction
          .updateTable('idempotency.requests')
          .set({ steps: JSON.stringify(steps) })
          .where('id', '=', id)
          .execute();
        return { kind: 'ours', steps };
      }
      const row = await transaction
        .selectFrom('idempotency.requests')
        .selectAll()
        .select(sql<number | null>`extract(epoch from locked_until - now())::float8`.as('seconds_left'))
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst();
      // Given up by its holder between the two statements: the caller asks again.
      if (!row) return { kind: 'busy', seconds: 0 };
      if (row.body_hash !== bodyHash) return { kind: 'other_request' };
      if (row.state === 'done') return doneOf(row);
      if (row.seconds_left !== null && row.seconds_left > 0) return { kind: 'busy', seconds: row.seconds_left };
      const steps = { ...createSteps.parse(row.steps), holder };
      await transaction
        .updateTable('idempotency.requests')
        .set({ steps: JSON.stringify(steps), locked_until: turnEnd, updated_at: sql`now()` })
        .where('id', '=', id)
        .execute();
      return { kind: 'ours', steps };
    });
  }

  /** Throws {@link TurnLostError}, as all below do, when the turn is no longer ours. */
  save(id: string, steps: CreateSteps): Promise<void> {
    return this.change(id, steps.holder, { steps: JSON.stringify(steps), locked_until: turnEnd });
  }

  renew(id: string, holder: string): Promise<void> {
    return this.change(id, holder, { locked_until: turnEnd });
  }

  finish(id: string, holder: string, answer: CreateAnswer): Promise<void> {
    return this.change(id, holder, { state: 'done', answer: JSON.stringify(answer), locked_until: null });
  }

  /** Lets the next caller go on at once. */
  release(id: string, holder: string): Promise<void> {
    return this.change(id, holder, { locked_until: null });
  }

  /** Forgets the request; `cleanUp` runs in the same transaction. */
  forget(id: string, holder: string, cleanUp: (transaction: Transaction<never>) => Promise<unknown>): Promise<void> {
    return this.db.transaction().execute(async (transaction) => {
      const deleted = await transaction
        .deleteFrom('idempotency.requests')
        .where('id', '=', id)
        .where('state', '=', 'in_progress')
        .where(holderOf, '=', holder)
        .executeTakeFirst();
      if (Number(deleted.numDeletedRows) === 0) throw new TurnLostError('the request is somebody else’s');
      await cleanUp(transaction as unknown as Transaction<never>);
    });
  }

  /** Requests whose holder fell silent at least so long ago. */
  async abandoned(silentSeconds: number, limit = 50): Promise<OpenRequest[]> {
    const rows = await this.db
      .selectFrom('idempotency.requests')
      .select(['id', 'steps', 'created_at'])
      .where('state', '=', 'in_progress')
      .where('updated_at', '<', sql<Date>`now() - make_interval(secs => ${silentSeconds})`)
      .where((row) => row.or([row('locked_until', 'is', null), row('locked_until', '<', sql<Date>`now()`)]))
      .orderBy('updated_at')
      .limit(limit)
      .execute();
    // One that nobody can read must not keep the others from being settled.
    return rows.flatMap((row) => {
      const { data: steps } = createSteps.safeParse(row.steps);
      return steps ? [{ id: row.id, steps, createdAt: row.created_at }] : [];
    });
  }

  /**
   * Takes an abandoned request for the sweep; undefined when its caller came back first. It goes to the end of the line, so that
   * requests that cannot be settled do not keep the others waiting.
   */
  async takeOver(request: OpenRequest, holder: string): Promise<CreateSteps | undefined> {
    const steps = { ...request.steps, holder };
    const updated = await this.db
      .updateTable('idempotency.requests')
      .set({ steps: JSON.stringify(steps), locked_until: turnEnd, updated_at: sql`now()` })
      .where('id', '=', request.id)
      .where('state', '=', 'in_progress')
      .where(holderOf, '=', request.steps.holder)
      .where((where) => where.or([where('locked_until', 'is', null), where('locked_until', '<', sql<Date>`now()`)]))
      .executeTakeFirst();
    return Number(updated.numUpdatedRows) > 0 ? steps : undefined;
  }

  /** Answers older than this are no longer repeated. */
  async forgetDone(before: Date): Promise<number> {
    const deleted = await this.db
      .deleteFrom('idempotency.requests')
      .where('state', '=', 'done')
      .where('updated_at', '<', before)
      .executeTakeFirst();
    return Number(deleted.numDeletedRows);
  }

  private async change(
    id: string,
    holder: string,
    values: { state?: 'done'; steps?: string; answer?: string; locked_until: typeof turnEnd | null },
  ): Promise<void> {
    const updated = await this.db
      .updateTable('idempotency.requests')
      .set({ ...values, updated_at: sql`now()` })
      .where('id', '=', id)
      .where('state', '=', 'in_progress')
      .where(holderOf, '=', holder)
      .executeTakeFirst();
    if (Number(updated.numUpdatedRows) === 0) throw new TurnLostError('the request is somebody else’s');
  }
}

const doneOf = (row: { answer: unknown; steps: unknown }): Extract<Claim, { kind: 'done' }> => ({
  kind: 'done',
  answer: createAnswer.parse(row.answer),
  steps: createSteps.parse(row.steps),
});
