import type { OnApplicationShutdown } from '@nestjs/common';
import { connectNats, natsHealth, openJetStreamLog, TrustedLog, type EventLog } from '@multitask/event-log';
import type { ServiceContext } from '@multitask/platform';
import {
  databaseHealth,
  LogTrust,
  LossRepository,
  openDatabase,
  PostgresGroupReader,
  type GroupReader,
} from '@multitask/read-model';
import type { LossQuestions } from './group/loss.book';
import type { ResultsGatewaySettings } from './results-gateway.settings';

/** Where groups are read from; opened at the start, closed when everything that reads has ended. */
export class ResultsGatewayResources implements OnApplicationShutdown {
  constructor(
    readonly log: EventLog,
    readonly reader: GroupReader,
    private readonly close: () => Promise<unknown> = () => Promise.resolve(),
    /** Resolves when the database answers. */
    readonly askDatabase: () => Promise<unknown> = () => Promise.resolve(),
    readonly losses: LossQuestions = { isAny: () => Promise.resolve(false), ofGroup: () => Promise.resolve([]) },
  ) {}

  static async open(context: ServiceContext<ResultsGatewaySettings>): Promise<ResultsGatewayResources> {
    const { config, logger, health } = context;
    const nats = await connectNats({ servers: config.NATS_URL, name: 'results-gateway', logger });
    const stored = await openJetStreamLog(nats, {
      replicas: config.NATS_REPLICAS,
      maxBytes: config.LOG_MAX_BYTES,
      logger,
    });
    const database = openDatabase({
      url: config.DATABASE_URL,
      pool: config.DATABASE_POOL,
      applicationName: 'results-gateway',
      logger,
    });
    health.addReadiness('nats', () => natsHealth(nats));
    const askDatabase = () => databaseHealth(database);
    health.addReadiness('postgres', askDatabase);
    const trust = new LogTrust(database, stored, logger);
    const close = () => {
      trust.close();
      return Promise.allSettled([nats.drain(), database.destroy()]);
    };
    return new ResultsGatewayResources(
      new TrustedLog(stored, trust),
      new PostgresGroupReader(database),
      close,
      askDatabase,
      new LossRepository(database),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }
}
