import { partitionOf, type RecordedEvent } from '@multitask/contracts';
import { connectNats, openJetStreamLog, type EventLog } from '@multitask/event-log';
import { parallelEmulator } from '@multitask/parallel-emulator';
import { createLogger, startService, type RunningService } from '@multitask/platform';
import { CheckpointRepository, openDatabase, PartitionProjection, type ReadModelDatabase } from '@multitask/read-model';
import { createTestDatabase, startTestNats, type TestNats } from '@multitask/testing';
import { MasterKeys, newMasterKey, PostgresSecretStore, Vault } from '@multitask/vault';
import { apiGateway } from '../api-gateway';
import { openLine, type CutLine } from './cut.line';

export interface LaunchedGateway {
  readonly origin: string;
  readonly create: string;
  readonly emulator: string;
  readonly env: Record<string, string>;
  readonly log: EventLog;
  readonly database: ReadModelDatabase;
  readonly service: RunningService;
  /** Requests the emulator has seen so far. */
  upstreamRequests(): Promise<{ method: string; path: string }[]>;
  /** Brings the group's events into the read model, as the projector would. */
  project(groupId: string): Promise<void>;
  /** The server behind the log; its death is the log's. */
  readonly natsServer: TestNats;
  /** What the gateway, not the test, reaches the database by. */
  readonly databaseLine: CutLine;
  /** A connection of the test's own. */
  readonly nats: Awaited<ReturnType<typeof connectNats>>;
  readonly vault: Vault;
  close(): Promise<void>;
}

const quiet = createLogger('test', { level: 'silent', format: 'json' });

/** The gateway with a NATS server, a database and an emulator of its own. */
export async function launchGateway(env: Record<string, string> = {}): Promise<LaunchedGateway> {
  const [nats, database] = await Promise.all([startTestNats(), createTestDatabase()]);
  const databaseLine = await openLine(database.url);
  const common = { PORT: '0', OPS_PORT: '0', LOG_LEVEL: 'silent' };
  const emulator = await startService(
    parallelEmulator,
    { ...common, EMULATOR_SPEED: '2000' },
    { processMetrics: false },
  );
  const emulatorOrigin = `http://127.0.0.1:${emulator.port}`;
  const all = {
    ...common,
    NATS_URL: nats.url,
    DATABASE_URL: databaseLine.url,
    PARALLEL_BASE_URL: emulatorOrigin,
    UPSTREAM_KIND: 'emulator',
    // Tests make more groups with one key than an upstream would like.
    PACE_READS_PER_MINUTE: '60000',
    PACE_CALLS_PER_MINUTE: '60000',
    VAULT_MASTER_KEY: newMasterKey(),
    ...env,
  };
  const service = await startService(apiGateway, all, { processMetrics: false });
  const connection = await connectNats({ servers: nats.url, name: 'test', logger: quiet });
  const log = await openJetStreamLog(connection, { replicas: 1, logger: quiet });
  const db = openDatabase({ url: database.url, pool: 2, applicationName: 'test' });
  const origin = `http://127.0.0.1:${service.port}`;
  return {
    origin,
    create: `${origin}/v1beta/tasks/multitask`,
    emulator: emulatorOrigin,
    env: all,
    log,
    database: db,
    service,
    upstreamRequests: async () => {
      const ledger = (await (await fetch(`${emulatorOrigin}/_emulator/ledger`)).json()) as {
        entries: { kind: string; method: string; path: string }[];
      };
      return ledger.entries.filter((entry) => entry.kind === 'request');
    },
    natsServer: nats,
    databaseLine,
    nats: connection,
    vault: new Vault(new PostgresSecretStore(db), MasterKeys.parse(all.VAULT_MASTER_KEY)),
    project: (groupId) => project(log, db, groupId),
    close: async () => {
      await service.close();
      await connection.close();
      await db.destroy();
      await emulator.close();
      await databaseLine.close();
      await Promise.all([nats.stop(), database.drop()]);
    },
  };
}

async function project(log: EventLog, db: ReadModelDatabase, groupId: string): Promise<void> {
  const partition = partitionOf(groupId);
  const from = await new CheckpointRepository(db).open(partition, await log.incarnation());
  const events: RecordedEvent[] = [];
  for await (const entry of log.readGroup(groupId, from.seq + 1)) if (entry.kind === 'event') events.push(entry.event);
  const seq = Math.max(from.seq, ...events.map((event) => event.seq));
  await new PartitionProjection(db).apply(partition, from, { events, poison: [], until: { seq, fingerprint: null } });
}
