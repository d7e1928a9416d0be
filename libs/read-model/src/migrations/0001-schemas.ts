import { sql, type Kysely } from 'kysely';

/** `read` and `notify` are derived from the log; the others are truth of their own (docs/adr/0005). */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const schema of ['read', 'notify', 'vault', 'idempotency', 'pacing'])
    await sql`create schema if not exists ${sql.id(schema)}`.execute(db);
}
