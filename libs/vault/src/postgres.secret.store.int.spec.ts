import { createTestDatabase, type TestDatabase } from '@multitask/testing';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import { MasterKeys, newMasterKey } from './master-keys';
import { PostgresSecretStore, type SecretsTable } from './postgres.secret.store';
import { describeSecretStore } from './secret.store.contract';
import { Vault } from './vault';

let database: TestDatabase;
let db: Kysely<{ 'vault.secrets': SecretsTable }>;
beforeAll(async () => {
  database = await createTestDatabase();
  db = new Kysely({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: database.url, max: 2 }) }) });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

describeSecretStore('PostgresSecretStore', async () => new PostgresSecretStore(db));

describe('a vault in the caller’s transaction', () => {
  it('seals nothing when the transaction is rolled back', async () => {
    const vault = new Vault(new PostgresSecretStore(db), MasterKeys.parse(newMasterKey()));
    let id = '';
    const work = db.transaction().execute(async (transaction) => {
      id = await vault.on(new PostgresSecretStore(transaction)).seal('upstream-key', 'k');
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    await expect(vault.open(id, 'upstream-key')).rejects.toThrow(`the vault has no record ${id}`);
  });

  it('leaves no readable trace of the secret in the table', async () => {
    const vault = new Vault(new PostgresSecretStore(db), MasterKeys.parse(newMasterKey()));
    await vault.seal('webhook', { url: 'https://canary.example/7d1c', secret: 'canary-7d1c' });
    const rows = await db.selectFrom('vault.secrets').selectAll().execute();
    const bytes = rows.flatMap((row) => [row.ciphertext, row.wrapped_key, Buffer.from(JSON.stringify(row))]);
    expect(Buffer.concat(bytes).toString('latin1')).not.toContain('canary');
  });
});
