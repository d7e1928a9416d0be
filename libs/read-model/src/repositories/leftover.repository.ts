import { sql, type Kysely } from 'kysely';
import type { Database } from '../tables/database.table';

/** What is kept about a group beside its row and the log, and what nobody came back for. */
export class LeftoverRepository {
  constructor(private readonly db: Kysely<Database>) {}

  /**
   * Forgets what parked events and remembered requests still say of an expired group. That a request was answered stays known,
   * so that a repeated create with the same Idempotency-Key buys nothing a second time.
   */
  async forgetTraces(groupId: string): Promise<void> {
    await this.db.deleteFrom('read.parked_events').where('group_id', '=', groupId).execute();
    await this.db
      .deleteFrom('idempotency.requests')
      .where(sql<string>`steps ->> 'taskgroup_id'`, '=', groupId)
      .where('state', '=', 'in_progress')
      .execute();
    const remembered = await this.db
      .selectFrom('idempotency.requests')
      .select(['id', 'steps', 'answer'])
      .where(sql<string>`steps ->> 'taskgroup_id'`, '=', groupId)
      .where('state', '=', 'done')
      .execute();
    for (const { id, steps, answer } of remembered) {
      const { resolved: _, ...plainSteps } = steps as Record<string, unknown>;
      const plainAnswer = { ...(answer as object), title: null, warnings: [], output_schema: null };
      await this.db
        .updateTable('idempotency.requests')
        .set({ steps: JSON.stringify(plainSteps), answer: JSON.stringify(plainAnswer) })
        .where('id', '=', id)
        .execute();
    }
  }

  /**
   * Forgets budgets of keys that nobody used for an hour: what is free again by so much lets the next request through exactly as
   * a key never seen before. By the database's clock, as the budgets themselves.
   */
  async forgetIdleBudgets(): Promise<number> {
    const deleted = await this.db
      .deleteFrom('pacing.budgets')
      .where('tat', '<', sql<Date>`clock_timestamp() - interval '1 hour'`)
      .executeTakeFirst();
    return Number(deleted.numDeletedRows);
  }

  /** Which of the sealed records a create under way still names: it will come back for them. */
  async secretsOfOpenRequests(ids: readonly string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    const found = await sql<{ id: string }>`
      select step.value as id
      from idempotency.requests request
      cross join lateral json_each_text(request.steps) as step(key, value)
      where request.state = 'in_progress' and step.value = any(${ids})`.execute(this.db);
    return new Set(found.rows.map(({ id }) => id));
  }
}
