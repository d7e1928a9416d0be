// Where the tests' servers come from: the environment, else programs of this machine, else containers (TEST_INFRA=containers).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const localInfrastructure = () => createRequire(import.meta.url)('../../local-infrastructure/dist/index.js');

/** Tests may lose their last write: a database of a test run is thrown away. */
const fastAndForgetful = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' };

export async function startInfrastructure(env, folder) {
  const runId = `${Date.now().toString(36)}${process.pid.toString(36)}`;
  const postgres = await providePostgres(env, runId, folder);
  const nats = await provideNats(env);
  return {
    env: { ...postgres.env, ...nats.env, TEST_RUN_ID: runId, TEST_RUN_FOLDER: folder },
    stop: async () => {
      await Promise.all([postgres.stop(), nats.stop()]);
    },
  };
}

const given = { env: {}, stop: async () => {} };

/** A database server that is not ours gets back what the run made on it. */
async function dropDatabases(url, runId) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query('select datname from pg_database where datname like $1', [`test_${runId}_%`]);
  for (const { datname } of rows) await client.query(`drop database ${datname} with (force)`);
  await client.end();
}

async function providePostgres(env, runId, folder) {
  if (env.TEST_DATABASE_URL) return { ...given, stop: () => dropDatabases(env.TEST_DATABASE_URL, runId) };
  if (env.TEST_INFRA === 'containers') {
    const { url, stop } = await startPostgresContainer();
    return { env: { TEST_DATABASE_URL: url }, stop };
  }
  const { startPostgres } = localInfrastructure();
  const server = await startPostgres({ dataDir: join(folder, 'postgres'), settings: fastAndForgetful });
  return { env: { TEST_DATABASE_URL: server.url }, stop: () => server.stop() };
}

/** Gone when this process is, however it ends. */
async function startPostgresContainer() {
  const program = new URL('container.mjs', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, 'postgres'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [first] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), exited]);
  if (typeof first !== 'string') throw new Error('No Postgres in a container.');
  const stop = async () => {
    child.stdin.end();
    await exited;
  };
  return { ...JSON.parse(first), stop };
}

async function provideNats(env) {
  // In containers each spec file starts a server of its own too.
  if (env.TEST_NATS_URL || env.TEST_NATS_SERVER || env.TEST_INFRA === 'containers') return given;
  const { findNatsServer } = localInfrastructure();
  const server = await findNatsServer();
  return { ...given, env: { TEST_NATS_SERVER: server.path } };
}
