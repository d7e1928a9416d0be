import { Client } from 'pg';
import { createTestDatabase } from './test-database';

async function query(url: string, sql: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('createTestDatabase', () => {
  it('gives each caller a database of its own', async () => {
    const [one, two] = await Promise.all([createTestDatabase({ empty: true }), createTestDatabase({ empty: true })]);
    await query(one.url, 'create table mine (n int)');
    await expect(query(two.url, 'select * from mine')).rejects.toThrow('does not exist');
    await Promise.all([one.drop(), two.drop()]);
  });

  it('drops the database although somebody is still connected', async () => {
    const database = await createTestDatabase({ empty: true });
    const client = new Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
    await database.drop();
    await expect(query(database.url, 'select 1')).rejects.toThrow('does not exist');
  });
});
