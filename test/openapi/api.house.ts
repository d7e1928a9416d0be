import { randomUUID } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { apiGateway } from '@multitask/api-gateway';
import { event, rowKeyOf, type CreateAnswer, type GroupEvent } from '@multitask/contracts';
import { connectNats, openJetStreamLog, type EventLog } from '@multitask/event-log';
import { notifier } from '@multitask/notifier';
import { parallelEmulator } from '@multitask/parallel-emulator';
import { createLogger, startService, type RunningService } from '@multitask/platform';
import { projector } from '@multitask/projector';
import { resultsGateway } from '@multitask/results-gateway';
import { createTestDatabase, eventually, startTestNats } from '@multitask/testing';
import { newMasterKey } from '@multitask/vault';
import { sql } from 'kysely';
import { openDatabase, PostgresGroupReader } from '@multitask/read-model';

const quiet = createLogger('test', { level: 'silent', format: 'json' });

/** Both public services as one caller sees them. */
export interface Gateways {
  readonly api: string;
  readonly results: string;
}

/**
 * The services behind the API: as they should be, with stores that are away, with a database whose tables are gone, and with an
 * upstream that is away.
 */
export class ApiHouse {
  private constructor(
    readonly sound: Gateways,
    readonly dark: Gateways,
    readonly broken: string,
    /** Its upstream is away. */
    readonly alone: string,
    readonly emulator: string,
    readonly log: EventLog,
    private readonly reader: PostgresGroupReader,
    private readonly shared: Record<string, string>,
    private readonly mend: () => void,
    private readonly closing: (() => Promise<unknown>)[],
  ) {}

  static async open(env: Record<string, string>): Promise<ApiHouse> {
    const closing: (() => Promise<unknown>)[] = [];
    const start = async <C>(service: Parameters<typeof startService<C>>[0], more: Record<string, string>) => {
      const common = { PORT: '0', OPS_PORT: '0', LOG_LEVEL: 'silent' };
      const running: RunningService = await startService(service, { ...common, ...more }, { processMetrics: false });
      closing.push(() => running.close());
      return `http://127.0.0.1:${running.port}`;
    };
    const [nats, database, ruin] = await Promise.all([startTestNats(), createTestDatabase(), createTestDatabase()]);
    closing.push(() => Promise.all([nats.stop(), database.drop(), ruin.drop()]));
    const emulator = await start(parallelEmulator, { EMULATOR_SPEED: '2000' });
    const shared = {
      NATS_URL: nats.url,
      DATABASE_URL: database.url,
      PARALLEL_BASE_URL: emulator,
      UPSTREAM_KIND: 'parallel',
      PACE_READS_PER_MINUTE: '60000',
      PACE_CALLS_PER_MINUTE: '60000',
      VAULT_MASTER_KEY: newMasterKey(),
      TRUSTED_PROXIES: '127.0.0.1,::1',
      ...env,
    };
    await start(projector, shared);
    const gateways = async (more: Record<string, string>): Promise<Gateways> => ({
      api: await start(apiGateway, { ...shared, ...more }),
      results: await start(resultsGateway, { ...shared, ...more }),
    });
    const sound = await gateways({});
    const lines = await Promise.all([openLine(nats.url), openLine(database.url)]);
    closing.push(() => Promise.all(lines.map((line) => line.close())));
    const dark = await gateways({ NATS_URL: lines[0].url, DATABASE_URL: lines[1].url });
    const broken = await start(apiGateway, { ...shared, DATABASE_URL: ruin.url });
    const alone = await start(apiGateway, {
      ...shared,
      PARALLEL_BASE_URL: 'http://127.0.0.1:9',
      PARALLEL_WEBHOOK_SECRET: '',
    });
    await ruinAll(ruin.url);
    lines.forEach((line) => line.cut());
    const mend = () => lines.forEach((line) => line.mend());
    const connection = await connectNats({ servers: nats.url, name: 'test', logger: quiet });
    closing.push(() => connection.close());
    const log = await openJetStreamLog(connection, { replicas: 1, logger: quiet });
    const db = openDatabase({ url: database.url, pool: 2, applicationName: 'test' });
    closing.push(() => db.destroy());
    return new ApiHouse(sound, dark, broken, alone, emulator, log, new PostgresGroupReader(db), shared, mend, closing);
  }

  async startNotifier(): Promise<void> {
    const common = { PORT: '0', OPS_PORT: '0', LOG_LEVEL: 'silent' };
    const running = await startService(notifier, { ...this.shared, ...common }, { processMetrics: false });
    this.closing.push(() => running.close());
  }

  async create(spec: object, key: string): Promise<string> {
    const answer = await fetch(`${this.sound.api}/v1beta/tasks/multitask`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ inputs: [{ country: 'France' }], output_type: 'text', processor: 'lite', ...spec }),
    });
    if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as CreateAnswer).taskgroup_id;
  }

  /** A group that was not made here. */
  async atUpstream(key: string): Promise<string> {
    const headers = { 'x-api-key': key, 'content-type': 'application/json' };
    const answer = await fetch(`${this.emulator}/v1/tasks/groups`, { method: 'POST', headers, body: '{}' });
    return ((await answer.json()) as { taskgroup_id: string }).taskgroup_id;
  }

  /** What the other services would have written; resolves when readers see it. */
  async tell(groupId: string, ...events: GroupEvent[]): Promise<void> {
    await this.log.append(groupId, events, 'any');
    const seen = await this.log.lastSeq(groupId);
    await eventually(async () => ((await this.reader.header(groupId))?.position.seq ?? 0) >= seen);
  }

  /** Every row of the group bought and completed. */
  async finish(groupId: string): Promise<string> {
    const run_id = `trun_${randomUUID().replaceAll('-', '')}`;
    const key = rowKeyOf(0, 1);
    await this.tell(
      groupId,
      event('RunsAdded', { batch: 1, runs: [{ key, run_id }] }),
      event('RunUpdated', {
        key,
        run: { run_id, status: 'completed', is_active: false, processor: 'lite', created_at: null, modified_at: null },
        output: { type: 'text', content: 'Paris', basis: [{ field: 'output', reasoning: 'Known.', citations: [] }] },
      }),
      event('GroupCompleted', { generation: 1, counts: { completed: 1 } }),
    );
    return run_id;
  }

  async faults(...faults: object[]): Promise<void> {
    const body = JSON.stringify({ faults });
    const headers = { 'content-type': 'application/json' };
    await fetch(`${this.emulator}/_emulator/faults`, { method: 'PUT', headers, body });
  }

  async close(): Promise<void> {
    // What is away has to come back, or nobody could say goodbye to it.
    this.mend();
    for (const close of this.closing.toReversed()) await close();
  }
}

async function ruinAll(url: string): Promise<void> {
  const db = openDatabase({ url, pool: 1, applicationName: 'test' });
  for (const schema of ['read', 'notify', 'idempotency', 'vault'])
    await sql`drop schema if exists ${sql.ref(schema)} cascade`.execute(db);
  await db.destroy();
}

/** A way to a server that can be cut for good. */
async function openLine(to: string) {
  const target = new URL(to);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) return void client.destroy();
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [client, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => (client.destroy(), far.destroy()));
    }
    client.pipe(far).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(to);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cut = () => {
    isCut = true;
    sockets.forEach((socket) => socket.destroy());
  };
  return {
    url: url.href,
    cut,
    mend: () => void (isCut = false),
    close: () => (cut(), new Promise((resolve) => server.close(resolve))),
  };
}
