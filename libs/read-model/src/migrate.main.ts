import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, integer, parseSettings, postgresSettings } from '@multitask/platform';
import { z } from 'zod';
import { isDatabaseAway } from './database.faults';
import { migrateToLatest } from './migrate';

const settings = z.object({
  ...postgresSettings.shape,
  /** Seconds to wait for a database that cannot be reached yet. */
  MIGRATE_WAIT_SECONDS: integer(300, { min: 0, max: 86_400 }),
});

/** Migrates the database that DATABASE_URL names and leaves: 0 when it is up to date, 1 when it could not be brought there. */
async function main(): Promise<number> {
  const logger = createLogger('migrate', { level: process.env.LOG_LEVEL || 'info', format: 'json' });
  const { DATABASE_URL, MIGRATE_WAIT_SECONDS } = parseSettings(settings, process.env);
  const deadline = Date.now() + MIGRATE_WAIT_SECONDS * 1_000;
  for (;;) {
    try {
      logger.info({ result: await migrateToLatest(DATABASE_URL) }, 'the database is ready');
      return 0;
    } catch (error) {
      if (!isDatabaseAway(error) || Date.now() >= deadline) {
        logger.fatal({ err: error }, 'could not migrate the database');
        return 1;
      }
      logger.info({ reason: (error as Error).message }, 'waiting for the database');
      await sleep(1_000);
    }
  }
}

void main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  },
);
