import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleDestroy,
} from '@nestjs/common';
import { connectNats, natsHealth } from '@multitask/event-log';
import { OrchestrationEngine, watched, type Stir } from '@multitask/orchestration';
import { migrateOrchestration, PostgresOrchestrationStore } from '@multitask/orchestration-postgres';
import type { ServiceContext } from '@multitask/platform';
import { MigrationGate } from './migration.gate';
import { OperationService } from './operations/operation.service';
import { OrchestratorMetrics } from './orchestrator.metrics';
import type { OrchestratorSettings } from './orchestrator.settings';
import { Feed } from './outbox/feed';
import { Outbox } from './outbox/outbox';
import { OutboxRelay } from './outbox/outbox.relay';
import { Sweeper } from './sweeper';
import { StirBoard } from './waits/stir.board';
import { StirExchange } from './waits/stir.exchange';

const hourMs = 3_600_000;

/** Everything that is opened at the start, works in the background, and is closed at the end. */
export class OrchestratorResources
  implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown
{
  private constructor(private readonly opened: Awaited<ReturnType<typeof open>>) {}

  /** Waits for NATS; Postgres may come later. */
  static async open(context: ServiceContext<OrchestratorSettings>): Promise<OrchestratorResources> {
    return new OrchestratorResources(await open(context));
  }

  get engine(): OrchestrationEngine {
    return this.opened.engine;
  }
  get operations(): OperationService {
    return this.opened.operations;
  }

  onApplicationBootstrap(): void {
    this.opened.relay.start();
    this.opened.sweeper.start();
  }

  /** Before requests under way are waited for. */
  onModuleDestroy(): void {
    this.opened.operations.letGo();
  }

  async beforeApplicationShutdown(): Promise<void> {
    const { gate, sweeper, relay } = this.opened;
    gate.stop();
    await Promise.all([sweeper.stop(), relay.stop()]);
  }

  /** After the last request was answered. */
  async onApplicationShutdown(): Promise<void> {
    const { exchange, metrics, store, nats } = this.opened;
    exchange.close();
    metrics.stop();
    await Promise.allSettled([nats.drain(), store.close()]);
  }
}

async function open({ config, logger, health, metrics: registry }: ServiceContext<OrchestratorSettings>) {
  const name = config.SERVICE_INSTANCE;
  const nats = await connectNats({ servers: config.NATS_URL, name: 'orchestrator', logger });
  const store = new PostgresOrchestrationStore({
    url: config.DATABASE_URL,
    pool: config.DATABASE_POOL,
    applicationName: 'orchestrator',
  });
  const gate = new MigrationGate(() => migrateOrchestration(store.db), logger);
  await gate.start();
  const board = new StirBoard(config.ORCHESTRATION_MAX_WAITS);
  const feed = new Feed(nats, { replicas: config.NATS_REPLICAS, maxBytes: config.ORCHESTRATION_FEED_MAX_BYTES });
  const metrics = new OrchestratorMetrics(registry, store.db, () => board.size);
  const relay = new OutboxRelay({
    open: () => Outbox.open(config.DATABASE_URL, 'orchestrator'),
    feed,
    logger,
    onPublished: (count) => metrics.published.inc(count),
    now: () => performance.now(),
  });
  const heard = (stir: Stir) => {
    board.stir(stir);
    relay.nudge();
  };
  const exchange = new StirExchange(nats, name, heard, logger);
  const engine = new OrchestrationEngine({
    store: watched(store, (stir) => {
      heard(stir);
      exchange.tell(stir);
    }),
    newId: (kind) => `${kind}_${randomUUID().replaceAll('-', '')}`,
    digest: (text) => createHash('sha256').update(text).digest('base64url'),
    sealIdleAfterMs: config.ORCHESTRATION_SEAL_IDLE_HOURS * hourMs || undefined,
  });
  const sweeper = new Sweeper(engine.sweep, config.ORCHESTRATION_SWEEP_MS, logger, () => metrics.sweeps.inc());
  const operations = new OperationService(engine, board, () => gate.require());
  health.addReadiness('nats', () => natsHealth(nats));
  health.addReadiness('postgres', async () => {
    gate.require();
    await sql`select 1`.execute(store.db);
  });
  health.addLiveness('nats', () => (nats.isClosed() ? 'the connection to NATS is closed for good' : undefined));
  return { nats, store, gate, board, exchange, relay, sweeper, engine, operations, metrics };
}
