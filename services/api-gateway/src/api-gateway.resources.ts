import type { OnApplicationShutdown } from '@nestjs/common';
import { connectNats, natsHealth, openJetStreamLog, TrustedLog } from '@multitask/event-log';
import { createOutboundClient } from '@multitask/outbound-http';
import { budgetsOf, MemoryPacer, PostgresPacer, ResilientPacer, Upstream } from '@multitask/parallel-client';
import type { ServiceContext } from '@multitask/platform';
import { databaseHealth, LogTrust, openDatabase } from '@multitask/read-model';
import { PostgresSecretStore, Vault } from '@multitask/vault';
import type { ApiGatewaySettings } from './api-gateway.settings';

/** Everything that is opened at the start and closed at the end. */
export class ApiGatewayResources implements OnApplicationShutdown {
  private constructor(private readonly opened: Awaited<ReturnType<typeof open>>) {}

  static async open(context: ServiceContext<ApiGatewaySettings>): Promise<ApiGatewayResources> {
    return new ApiGatewayResources(await open(context));
  }

  get nats() {
    return this.opened.nats;
  }
  get log() {
    return this.opened.log;
  }
  get database() {
    return this.opened.database;
  }
  get vault() {
    return this.opened.vault;
  }
  get outbound() {
    return this.opened.outbound;
  }
  get upstream() {
    return this.opened.upstream;
  }

  async onApplicationShutdown(): Promise<void> {
    this.opened.trust.close();
    await Promise.allSettled([
      this.opened.outbound.close(),
      this.opened.upstream.close(),
      this.opened.nats.drain(),
      this.opened.database.destroy(),
    ]);
  }
}

async function open({ config, logger, health }: ServiceContext<ApiGatewaySettings>) {
  const nats = await connectNats({ servers: config.NATS_URL, name: 'api-gateway', logger });
  const stored = await openJetStreamLog(nats, {
    replicas: config.NATS_REPLICAS,
    maxBytes: config.LOG_MAX_BYTES,
    logger,
  });
  const database = openDatabase({
    url: config.DATABASE_URL,
    pool: config.DATABASE_POOL,
    applicationName: 'api-gateway',
    logger,
  });
  const trust = new LogTrust(database, stored, logger);
  const budgets = budgetsOf(config);
  health.addReadiness('nats', () => natsHealth(nats));
  health.addReadiness('postgres', () => databaseHealth(database));
  return {
    nats,
    log: new TrustedLog(stored, trust),
    trust,
    database,
    vault: new Vault(new PostgresSecretStore(database), config.VAULT_MASTER_KEY),
    outbound: createOutboundClient({
      allowPrivate: config.MULTITASK_ALLOW_PRIVATE_URLS,
      allow: config.OUTBOUND_ALLOW,
      userAgent: 'multitask/0.1',
      logger,
    }),
    upstream: new Upstream({
      questions: 'calls',
      baseUrl: config.PARALLEL_BASE_URL,
      pacer: new ResilientPacer(new PostgresPacer(database, budgets), new MemoryPacer(budgets), logger),
    }),
  };
}
