import type { Kysely, Selectable } from 'kysely';
import type { SealedRecord, SecretStore } from './secret.store';

/** `vault.secrets`, as the migrations of the read model make it. */
export interface SecretsTable {
  id: string;
  purpose: string;
  subject: string | null;
  key_id: string;
  wrapped_key: Buffer;
  nonce: Buffer;
  ciphertext: Buffer;
  created_at: Date;
  bound_at: Date | null;
}

interface VaultTables {
  'vault.secrets': SecretsTable;
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export class PostgresSecretStore implements SecretStore {
  private readonly db: Kysely<VaultTables>;

  /** Any Kysely whose database has `vault.secrets`: a pool, or a transaction of the caller's. */
  // eslint-disable-next-line typescript/no-explicit-any -- Kysely's type is invariant: no narrower type takes every schema
  constructor(db: Kysely<any>) {
    this.db = db as Kysely<VaultTables>;
  }

  async insert(record: SealedRecord): Promise<void> {
    await this.db
      .insertInto('vault.secrets')
      .values({
        id: record.id,
        purpose: record.purpose,
        subject: record.subject,
        key_id: record.keyId,
        wrapped_key: record.wrappedKey,
        nonce: record.nonce,
        ciphertext: record.ciphertext,
        created_at: record.createdAt,
        bound_at: record.boundAt,
      })
      .execute();
  }

  async find(id: string): Promise<SealedRecord | undefined> {
    if (!uuidPattern.test(id)) return undefined;
    const row = await this.db.selectFrom('vault.secrets').selectAll().where('id', '=', id).executeTakeFirst();
    return row && recordOf(row);
  }

  async bind(ids: readonly string[], subject: string, at: Date): Promise<void> {
    if (ids.length === 0) return;
    await this.db
      .updateTable('vault.secrets')
      .set({ subject, bound_at: at })
      .where('id', 'in', ids)
      .where((row) => row.or([row('subject', 'is', null), row('subject', '!=', subject)]))
      .execute();
  }

  async destroy(ids: readonly string[]): Promise<number> {
    const known = ids.filter((id) => uuidPattern.test(id));
    if (known.length === 0) return 0;
    const result = await this.db.deleteFrom('vault.secrets').where('id', 'in', known).executeTakeFirst();
    return Number(result.numDeletedRows);
  }

  async destroyBySubject(subject: string): Promise<number> {
    const result = await this.db.deleteFrom('vault.secrets').where('subject', '=', subject).executeTakeFirst();
    return Number(result.numDeletedRows);
  }

  async unbound(createdBefore: Date, limit: number): Promise<string[]> {
    const rows = await this.db
      .selectFrom('vault.secrets')
      .select('id')
      .where('bound_at', 'is', null)
      .where('created_at', '<', createdBefore)
      .orderBy('created_at')
      .limit(limit)
      .execute();
    return rows.map(({ id }) => id);
  }

  async wrappedOtherwise(keyId: string, limit: number): Promise<SealedRecord[]> {
    const rows = await this.db
      .selectFrom('vault.secrets')
      .selectAll()
      .where('key_id', '!=', keyId)
      .limit(limit)
      .execute();
    return rows.map(recordOf);
  }

  async replaceWrapping(record: SealedRecord, keyId: string, wrappedKey: Buffer): Promise<void> {
    await this.db
      .updateTable('vault.secrets')
      .set({ key_id: keyId, wrapped_key: wrappedKey })
      .where('id', '=', record.id)
      .where('key_id', '=', record.keyId)
      .execute();
  }
}

const recordOf = (row: Selectable<SecretsTable>): SealedRecord => ({
  id: row.id,
  purpose: row.purpose,
  subject: row.subject,
  keyId: row.key_id,
  wrappedKey: row.wrapped_key,
  nonce: row.nonce,
  ciphertext: row.ciphertext,
  createdAt: row.created_at,
  boundAt: row.bound_at,
});
