import { apiGateway } from '@multitask/api-gateway';
import { connectNats, openJetStreamLog, type EventLog } from '@multitask/event-log';
import { parallelEmulator } from '@multitask/parallel-emulator';
import { createLogger, startService, type RunningService } from '@multitask/platform';
import { openDatabase, type ReadModelDatabase } from '@multitask/read-model';
import { resultsGateway } from '@multitask/results-gateway';
import { createTestDatabase, startTestNats } from '@multitask/testing';
import { newMasterKey } from '@multitask/vault';
import { CoreTap } from './canary/surfaces';

const quiet = createLogger('test', { level: 'silent', format: 'json' });

/** What strangers can reach: both gateways, before an emulator, a log and a database of their own. */
export interface SecurityHouse {
  readonly api: string;
  readonly results: string;
  readonly emulator: string;
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly tap: CoreTap;
  readonly log: EventLog;
  readonly database: ReadModelDatabase;
  readonly services: Readonly<Record<'api' | 'results', RunningService>>;
  /** How often the upstream was asked for anything. */
  upstreamRequests(): Promise<number>;
  close(): Promise<void>;
}

export async function openSecurityHouse(env: Record<string, string> = {}): Promise<SecurityHouse> {
  const [nats, testDatabase] = await Promise.all([startTestNats(), createTestDatabase()]);
  const common = { PORT: '0', OPS_PORT: '0', LOG_LEVEL: 'silent' };
  const start = <C>(service: Parameters<typeof startService<C>>[0], more: Record<string, string> = {}) =>
    startService(service, { ...common, ...more }, { processMetrics: false });
  const emulator = await start(parallelEmulator, { EMULATOR_SPEED: '2000' });
  const origin = ({ port }: RunningService) => `http://127.0.0.1:${port}`;
  const shared = {
    NATS_URL: nats.url,
    DATABASE_URL: testDatabase.url,
    PARALLEL_BASE_URL: origin(emulator),
    UPSTREAM_KIND: 'emulator',
    PACE_READS_PER_MINUTE: '60000',
    PACE_CALLS_PER_MINUTE: '60000',
    VAULT_MASTER_KEY: newMasterKey(),
    ...env,
  };
  const api = await start(apiGateway, shared);
  const results = await start(resultsGateway, shared);
  const connection = await connectNats({ servers: nats.url, name: 'test', logger: quiet });
  const tap = await CoreTap.open(nats.url);
  const database = openDatabase({ url: testDatabase.url, pool: 2, applicationName: 'test' });
  return {
    api: origin(api),
    results: origin(results),
    emulator: origin(emulator),
    natsUrl: nats.url,
    databaseUrl: testDatabase.url,
    tap,
    log: await openJetStreamLog(connection, { replicas: 1, logger: quiet }),
    database,
    services: { api, results },
    upstreamRequests: async () => {
      const answer = await fetch(`${origin(emulator)}/_emulator/ledger/summary`);
      const { requests } = (await answer.json()) as { requests: Record<string, number> };
      return Object.values(requests).reduce((sum, count) => sum + count, 0);
    },
    close: async () => {
      await Promise.all([api.close(), results.close()]);
      await tap.close();
      await connection.close();
      await database.destroy();
      await emulator.close();
      await Promise.all([nats.stop(), testDatabase.drop()]);
    },
  };
}
