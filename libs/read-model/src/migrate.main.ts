import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseAway } from './database.faults';
import { migrateToLatest } from './migrate';

/** As a line of the services' logs; their logger would load a framework, and every pod waits for this process. */
const log = (level: number, fields: object): void =>
  void process.stderr.write(`${JSON.stringify({ level, time: Date.now(), service: 'migrate', ...fields })}\n`);

/**
 * Migrates the database that DATABASE_URL names and leaves: 0 when it is ready, 1 when it could not be brought there.
 * MIGRATE_WAIT_SECONDS (300) is how long to wait for a database that cannot be reached yet.
 */
async function main(): Promise<number> {
  const { DATABASE_URL, MIGRATE_WAIT_SECONDS } = process.env;
  if (!DATABASE_URL) throw new Error('DATABASE_URL must name the database to migrate.');
  const deadline = Date.now() + Number(MIGRATE_WAIT_SECONDS || 300) * 1_000;
  for (;;) {
    try {
      log(30, { msg: 'the database is ready', result: await migrateToLatest(DATABASE_URL) });
      return 0;
    } catch (error) {
      if (!isDatabaseAway(error) || Date.now() >= deadline) throw error;
      log(30, { msg: 'waiting for the database', reason: (error as Error).message });
      await sleep(1_000);
    }
  }
}

void main().then(
  (code) => process.exit(code),
  (error: Error) => {
    log(60, { msg: 'could not migrate the database', reason: error.message });
    process.exit(1);
  },
);
