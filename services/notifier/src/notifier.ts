import { connectNats, natsHealth, openJetStreamLog, TrustedLog, type EventLog } from '@multitask/event-log';
import { createOutboundClient, type OutboundClient } from '@multitask/outbound-http';
import type { ServiceContext } from '@multitask/platform';
import {
  databaseHealth,
  GroupRepository,
  LeftoverRepository,
  LogTrust,
  NotifyJobRepository,
  openDatabase,
  PostgresGroupReader,
  type ReadModelDatabase,
} from '@multitask/read-model';
import { PostgresSecretStore, Vault } from '@multitask/vault';
import type { NatsConnection } from '@nats-io/transport-node';
import { ChoresWorker } from './chores.worker';
import { CredentialDisposal } from './credential.disposal';
import { GroupExpiry } from './expiry/group.expiry';
import { GroupPurge } from './expiry/group.purge';
import { NotifierMetrics } from './notifier.metrics';
import type { NotifierSettings } from './notifier.settings';
import { NotifyLog } from './notify.log';
import { recur } from './recurrence';
import { LeftoverSweep } from './sweeps/leftover.sweep';
import { WebhookDelivery } from './webhooks/webhook.delivery';
import { WebhookDispatcher } from './webhooks/webhook.dispatcher';
import { WebhookSender } from './webhooks/webhook.sender';

const backlogEveryMs = 5_000;

interface Opened {
  readonly connection: NatsConnection;
  readonly log: EventLog;
  readonly trust: LogTrust;
  readonly db: ReadModelDatabase;
  readonly outbound: OutboundClient;
}

/** Tells owners that their groups are done, and forgets groups when their time has come. Replicas share the work by claims. */
export class Notifier {
  private readonly ending = new AbortController();
  private opened: Opened | undefined;
  private work: Promise<unknown> | undefined;

  constructor(private readonly context: ServiceContext<NotifierSettings>) {}

  /** Waits for NATS; Postgres may come later. Rejects when the log cannot be used at all. */
  async open(): Promise<void> {
    const { config, logger, health } = this.context;
    const connection = await connectNats({ servers: config.NATS_URL, name: config.SERVICE_INSTANCE, logger });
    const replicas = config.NATS_REPLICAS;
    const stored = await openJetStreamLog(connection, { replicas, maxBytes: config.LOG_MAX_BYTES, logger });
    const db = openDatabase({
      url: config.DATABASE_URL,
      pool: config.DATABASE_POOL,
      applicationName: config.SERVICE_INSTANCE,
      logger,
    });
    const outbound = createOutboundClient({
      allowPrivate: config.MULTITASK_ALLOW_PRIVATE_URLS,
      allow: config.OUTBOUND_ALLOW,
      userAgent: 'Multitask-Webhook/1',
      logger,
    });
    const trust = new LogTrust(db, stored, logger);
    this.opened = { connection, log: new TrustedLog(stored, trust), trust, db, outbound };
    health.addLiveness('nats', () => (connection.isClosed() ? 'the connection to NATS is closed for good' : undefined));
    health.addReadiness('nats', () => natsHealth(connection));
    health.addReadiness('postgres', () => databaseHealth(db));
  }

  start(): void {
    const { config, logger, metrics: registry, clock } = this.context;
    const { log, db, outbound } = this.opened!;
    const now = () => clock.now();
    const metrics = new NotifierMetrics(registry);
    const vault = new Vault(new PostgresSecretStore(db), config.VAULT_MASTER_KEY, now);
    const [groups, repository] = [new PostgresGroupReader(db), new GroupRepository(db)];
    const [jobs, leftovers] = [new NotifyJobRepository(db), new LeftoverRepository(db)];
    const common = { log, groups, repository, jobs, leftovers, vault, metrics, logger, now };

    const sender = new WebhookSender(outbound, config.WEBHOOK_TIMEOUT_MS);
    const chance = () => Math.random() * 2 - 1;
    const delivery = new WebhookDelivery({ ...common, notifyLog: new NotifyLog(log), sender, chance });
    const dispatcher = new WebhookDispatcher(
      { ...common, delivery },
      {
        concurrency: config.WEBHOOK_CONCURRENCY,
        perEndpoint: config.WEBHOOK_CONCURRENCY_PER_ENDPOINT,
        claimSeconds: config.NOTIFIER_CLAIM_SECONDS,
        pollMs: config.NOTIFIER_POLL_MS,
      },
    );
    const expiry = new GroupExpiry(common);
    const credentials = new CredentialDisposal(groups, vault);
    const parts = { ...common, credentials, expiry, purge: new GroupPurge(common) };
    const chores = new ChoresWorker(parts, config.NOTIFIER_CLAIM_SECONDS);
    const sweep = new LeftoverSweep(common);

    const { signal } = this.ending;
    const again = (name: string, everyMs: number, work: () => Promise<unknown>) =>
      recur(everyMs, signal, work, (error) => {
        metrics.failures.inc({ work: name });
        logger.warn({ err: error }, `${name} failed; trying again`);
      });
    this.work = Promise.all([
      dispatcher.run(signal),
      again('chores', config.NOTIFIER_POLL_MS, () => chores.work(signal)),
      again('expiry', config.EXPIRY_INTERVAL_MS, () => expiry.expireDue(signal)),
      again('sweep', config.SWEEP_INTERVAL_MS, () => sweep.sweep()),
      again('backlog', backlogEveryMs, async () => metrics.backlog(await jobs.backlog(now()), now())),
    ]);
  }

  /** Finishes or gives back what is under way. */
  async stop(): Promise<void> {
    this.ending.abort();
    await this.work;
    this.opened?.trust.close();
    await this.opened?.outbound.close();
    await this.opened?.db.destroy();
    await this.opened?.connection.close();
  }
}
