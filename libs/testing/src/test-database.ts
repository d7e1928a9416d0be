import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

export interface TestDatabase {
  readonly url: string;
  /** Closes every connection to it and deletes it. */
  drop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A migrated database for one spec file, cloned from a template in about 50 ms. The first caller of a run makes the template.
 * `empty` gives one without any table, for the tests of the migrations themselves.
 */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const server = serverUrl();
  const name = `${prefix()}_${randomBytes(6).toString('hex')}`;
  await withClient(server, async (client) => {
    const template = options.empty ? 'template1' : await ensureTemplate(client, server);
    await client.query(`create database ${name} template ${template}`);
  });
  const drop = () =>
    withClient(server, async (client) => void (await client.query(`drop database if exists ${name} with (force)`)));
  return { url: databaseUrl(server, name), drop, [Symbol.asyncDispose]: drop };
}

/** Any number; it only has to be the same in every test process. */
const templateLock = 7_041_776;

async function ensureTemplate(client: Client, server: string): Promise<string> {
  const name = `${prefix()}_template`;
  await client.query('select pg_advisory_lock($1)', [templateLock]);
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount) return name;
    const draft = `${name}_draft`;
    await client.query(`drop database if exists ${draft} with (force)`);
    await client.query(`create database ${draft}`);
    // Loaded here alone: a spec that needs only NATS should not pay for Kysely.
    const { migrateToLatest } = await import('@multitask/read-model');
    await migrateToLatest(databaseUrl(server, draft));
    await client.query(`alter database ${draft} rename to ${name}`);
    return name;
  } finally {
    await client.query('select pg_advisory_unlock($1)', [templateLock]);
  }
}

const prefix = () => `test_${process.env.TEST_RUN_ID ?? 'alone'}`;

function serverUrl(): string {
  const url = process.env.TEST_DATABASE_URL;
  if (!url)
    throw new Error(
      'No Postgres for tests: run them through jest with TEST_TIER=int or e2e, or set TEST_DATABASE_URL.',
    );
  return url;
}

function databaseUrl(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  // A connection that the server closes outside a query must not end the test process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
