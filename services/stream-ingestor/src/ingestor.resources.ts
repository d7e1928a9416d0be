import { connectNats, KvLeaseStore, natsHealth, openJetStreamLog, TrustedLog } from '@multitask/event-log';
import { budgetsOf, MemoryPacer, PostgresPacer, ResilientPacer, Upstream } from '@multitask/parallel-client';
import type { ServiceContext } from '@multitask/platform';
import { databaseHealth, GroupRepository, LogTrust, openDatabase } from '@multitask/read-model';
import { PostgresSecretStore, Vault } from '@multitask/vault';
import type { IngestorSettings } from './stream-ingestor.settings';

export type IngestorResources = Awaited<ReturnType<typeof openResources>>;

/** Everything that is opened at the start and closed at the end. */
export async function openResources({ config, logger, health }: ServiceContext<IngestorSettings>) {
  const nats = await connectNats({ servers: config.NATS_URL, name: config.SERVICE_INSTANCE, logger });
  const stored = await openJetStreamLog(nats, {
    replicas: config.NATS_REPLICAS,
    maxBytes: config.LOG_MAX_BYTES,
    logger,
  });
  const leases = await KvLeaseStore.open(nats, {
    replicas: config.NATS_REPLICAS,
    ttlMs: config.LEASE_SECONDS * 1_000,
  });
  const database = openDatabase({
    url: config.DATABASE_URL,
    pool: config.DATABASE_POOL,
    applicationName: 'stream-ingestor',
    logger,
  });
  const trust = new LogTrust(database, stored, logger);
  // Known before the first command is listened for, so that none is missed meanwhile; 2 s at most.
  await trust.isTrusted();
  const budgets = budgetsOf(config);
  const upstream = new Upstream({
    baseUrl: config.PARALLEL_BASE_URL,
    pacer: new ResilientPacer(new PostgresPacer(database, budgets), new MemoryPacer(budgets), logger),
    sse: {
      idleMs: config.INGEST_IDLE_SECONDS * 1_000,
      idleWithoutHeartbeatMs: config.INGEST_IDLE_WITHOUT_HEARTBEAT_SECONDS * 1_000,
    },
  });
  health.addReadiness('nats', () => natsHealth(nats));
  health.addReadiness('postgres', () => databaseHealth(database));
  return {
    nats,
    log: new TrustedLog(stored, trust),
    trust,
    leases,
    upstream,
    groups: new GroupRepository(database),
    vault: new Vault(new PostgresSecretStore(database), config.VAULT_MASTER_KEY),
    async close(): Promise<void> {
      trust.close();
      leases.close();
      await Promise.allSettled([upstream.close(), nats.drain(), database.destroy()]);
    },
  };
}
