import { connectNats, openJetStreamLog } from '@multitask/event-log';
import { createLogger, parseSettings } from '@multitask/platform';
import { openDatabase } from '@multitask/read-model';
import { projectorSettings } from './projector.settings';
import { ReadModelRebuild, type RebuildReport } from './rebuild/read-model.rebuild';

/**
 * The command that rebuilds the read model beside the running services: `node dist/rebuild.js` with NATS_URL and DATABASE_URL.
 * Tells its progress each second and ends with what it found; exits with 0 when the read model was rebuilt.
 */
const tellEveryMs = 1_000;
const connections = 8;
/** Few at a time: the projectors beside it shall not notice. */
const partitionsAtOnce = 2;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function rebuild(): Promise<void> {
  const env = process.env;
  const settings = parseSettings(projectorSettings, env);
  const logger = createLogger('rebuild', { level: env.LOG_LEVEL || 'warn', format: 'json' });
  const name = `rebuild-${process.pid}`;
  const connection = await connectNats({ servers: settings.NATS_URL, name, logger });
  const log = await openJetStreamLog(connection, { replicas: settings.NATS_REPLICAS, logger });
  const db = openDatabase({ url: settings.DATABASE_URL, pool: connections, applicationName: name, logger });
  const stopping = new AbortController();
  for (const stop of ['SIGINT', 'SIGTERM'] as const) process.once(stop, () => stopping.abort(new Error('stopped')));
  let events = 0;
  const telling = setInterval(() => print(`${events} events`), tellEveryMs);
  try {
    const batchSize = settings.PROJECTOR_BATCH;
    const onProgress = (sum: number) => void (events = sum);
    const options = { log, db, logger, batchSize, atOnce: partitionsAtOnce, signal: stopping.signal, onProgress };
    tell(await new ReadModelRebuild(options).run());
  } finally {
    clearInterval(telling);
    await db.destroy();
    await connection.close();
  }
}

function tell({ events, fillMs, heldMs, comparison }: RebuildReport): void {
  print(`rebuilt from ${events} events in ${(fillMs / 1_000).toFixed(1)} s; writers waited ${Math.round(heldMs)} ms`);
  const { groups, rows, differing, differences } = comparison;
  print(
    `compared ${groups} groups and ${rows} rows that did not change meanwhile: ${differing} were not as the log says`,
  );
  for (const difference of differences) print(`  ${difference}`);
}

rebuild().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
