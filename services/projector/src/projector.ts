import { setTimeout as pause } from 'node:timers/promises';
import {
  connectNats,
  KvLeaseStore,
  natsHealth,
  openJetStreamLog,
  TrustedLog,
  type RepairableLog,
} from '@multitask/event-log';
import type { ServiceContext } from '@multitask/platform';
import {
  CheckpointRepository,
  databaseHealth,
  LogTrust,
  LogWatchRepository,
  openDatabase,
  PartitionProjection,
  type ReadModelDatabase,
} from '@multitask/read-model';
import type { NatsConnection } from '@nats-io/transport-node';
import { PartitionSharing } from './partition.sharing';
import { PartitionWorker, type WorkerParts } from './partition.worker';
import { ProjectorMetrics } from './projector.metrics';
import type { ProjectorSettings } from './projector.settings';
import { LogRepair } from './repair/log.repair';
import { LogSentinel } from './repair/log.sentinel';
import { RepairMetrics } from './repair/repair.metrics';

const balanceEveryMs = 1_000;
const repairConnections = 8;

/** Keeps the read model up to date: opens what it needs, shares the partitions with other replicas, and hands over at the end. */
export class Projector {
  private readonly workers = new Map<string, PartitionWorker>();
  private readonly ending = new AbortController();
  private connection: NatsConnection | undefined;
  private db: ReadModelDatabase | undefined;
  private leases: KvLeaseStore | undefined;
  private sharing: PartitionSharing | undefined;
  private metrics: ProjectorMetrics | undefined;
  private trust: LogTrust | undefined;
  private sentinel: LogSentinel | undefined;
  private balancing: Promise<void> | undefined;
  private watching: Promise<void> | undefined;

  constructor(private readonly context: ServiceContext<ProjectorSettings>) {}

  /** Waits for NATS; Postgres may come later. Rejects when the log cannot be used at all. */
  async open(): Promise<void> {
    const { config, logger, health, metrics } = this.context;
    const connection = await connectNats({ servers: config.NATS_URL, name: config.SERVICE_INSTANCE, logger });
    this.connection = connection;
    const replicas = config.NATS_REPLICAS;
    const log = await openJetStreamLog(connection, { replicas, maxBytes: config.LOG_MAX_BYTES, logger });
    const ttlMs = config.LEASE_SECONDS * 1_000;
    const leases = await KvLeaseStore.open(connection, { replicas, ttlMs, logger });
    const db = openDatabase({
      url: config.DATABASE_URL,
      pool: config.DATABASE_POOL,
      applicationName: config.SERVICE_INSTANCE,
      logger,
    });
    this.leases = leases;
    this.db = db;
    this.metrics = new ProjectorMetrics(metrics);
    const trust = new LogTrust(db, log, logger);
    this.trust = trust;
    const parts: WorkerParts = {
      log: new TrustedLog(log, trust),
      checkpoints: new CheckpointRepository(db),
      projection: new PartitionProjection(db),
      metrics: this.metrics,
      logger,
      batchSize: config.PROJECTOR_BATCH,
    };
    this.sharing = new PartitionSharing(
      leases,
      config.SERVICE_INSTANCE,
      (p, signal) => this.work(p, signal, parts),
      logger,
    );
    const repairMetrics = new RepairMetrics(metrics);
    this.sentinel = new LogSentinel({
      log,
      watch: new LogWatchRepository(db),
      repair: (signal) => this.repair(log, repairMetrics, signal),
      metrics: repairMetrics,
      logger,
    });
    log.onReconnect(() => this.sentinel?.afterOutage());
    health.addReadiness('nats', () => natsHealth(connection));
    health.addReadiness('postgres', () => databaseHealth(db));
    health.addReadiness('partitions', () => this.requireProgress());
  }

  start(): void {
    this.balancing = this.balance(this.sharing!);
    this.watching = this.sentinel!.run(this.ending.signal);
  }

  /** Finishes the batches under way and gives the partitions to the other replicas. */
  async stop(): Promise<void> {
    this.ending.abort();
    await this.balancing;
    await this.sharing?.stop();
    this.trust?.close();
    await this.watching;
    this.leases?.close();
    await this.db?.destroy();
    await this.connection?.close();
  }

  private async balance(sharing: PartitionSharing): Promise<void> {
    const { logger } = this.context;
    while (!this.ending.signal.aborted) {
      // Leases are only a matter of work: whatever is wrong with them shows in the readiness of NATS.
      await sharing.balance().catch((error: unknown) => logger.warn({ err: error }, 'sharing the partitions failed'));
      this.metrics?.refresh();
      await pause(balanceEveryMs, undefined, { signal: this.ending.signal }).catch(() => undefined);
    }
  }

  private async work(partition: string, signal: AbortSignal, parts: WorkerParts): Promise<void> {
    const worker = new PartitionWorker(partition, parts);
    this.workers.set(partition, worker);
    await worker.run(signal);
    this.workers.delete(partition);
  }

  /** With connections of its own: those of the partitions may all be waiting for what it holds. */
  private async repair(log: RepairableLog, metrics: RepairMetrics, signal: AbortSignal): Promise<void> {
    const { config, logger } = this.context;
    const applicationName = `${config.SERVICE_INSTANCE}-repair`;
    const db = openDatabase({ url: config.DATABASE_URL, pool: repairConnections, applicationName, logger });
    try {
      await new LogRepair({ log, db, metrics, logger, batchSize: config.PROJECTOR_BATCH }).run(signal);
    } finally {
      await db.destroy();
    }
  }

  private requireProgress(): Promise<void> {
    const refusal = [...this.workers.values()].map((worker) => worker.refused).find((reason) => reason !== undefined);
    return refusal === undefined ? Promise.resolve() : Promise.reject(new Error(refusal));
  }
}
