import type { Kysely, RawBuilder } from 'kysely';
import type { PoolClient } from 'pg';

/** What one connection is asked in one transaction, in the order in which it was said; nothing waits for an answer it does not need. */
export class Conversation {
  private readonly said: Promise<unknown>[] = [];

  constructor(
    private readonly client: PoolClient,
    private readonly dialect: Kysely<unknown>,
  ) {}

  async ask<Row>(question: RawBuilder<unknown>): Promise<Row[]> {
    const { sql: text, parameters } = question.compile(this.dialect);
    const { rows } = await this.client.query(text, [...parameters]);
    return rows as Row[];
  }

  /** Sends it and goes on. What goes wrong is thrown by `all`; until then the database refuses everything that follows. */
  say(statement: RawBuilder<unknown>): void {
    const answer = this.ask(statement);
    answer.catch(() => undefined);
    this.said.push(answer);
  }

  /** Throws the first fault of what was said. */
  async all(): Promise<void> {
    for (const { status, ...outcome } of await Promise.allSettled(this.said))
      if (status === 'rejected') throw (outcome as { reason: unknown }).reason;
  }
}
