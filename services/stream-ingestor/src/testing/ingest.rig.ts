import {
  event,
  partitionFilter,
  partitionOf,
  type EventData,
  type GroupEvent,
  type RecordedEvent,
  type RowInput,
} from '@multitask/contracts';
import { connectNats, openJetStreamLog, type RepairableLog } from '@multitask/event-log';
import { parallelEmulator } from '@multitask/parallel-emulator';
import { BusinessClock, createLogger, Health, Metrics, parseSettings, startService } from '@multitask/platform';
import { CheckpointRepository, openDatabase, PartitionProjection } from '@multitask/read-model';
import { createTestDatabase, eventually, startTestNats } from '@multitask/testing';
import { MasterKeys, newMasterKey, PostgresSecretStore, Vault } from '@multitask/vault';
import { Ingestor } from '../ingestor';
import { openResources, type IngestorResources } from '../ingestor.resources';
import { ingestorSettings } from '../stream-ingestor.settings';

const logger = createLogger('ingest-test', { level: process.env.TEST_LOG_LEVEL ?? 'silent', format: 'json' });

/** Waits are what they are in production, only shorter: an accepted batch is listed within a second. */
const fastSettings = {
  INGEST_SCAN_SECONDS: '0.2',
  INGEST_POST_ABORT_SECONDS: '2',
  INGEST_LISTED_WITHIN_SECONDS: '1',
  INGEST_REQUEST_AGAIN_SECONDS: '3',
  // As in production: on a busy machine, who has a shorter one may lose it and take its own group over.
  LEASE_SECONDS: '15',
  PACE_RUNS_PER_MINUTE: '600000',
  INGEST_REQUESTS_PER_MINUTE: '60',
};

export interface RunningIngestor {
  readonly name: string;
  readonly resources: IngestorResources;
  readonly metrics: Metrics;
  /** As SIGTERM does. */
  stop(): Promise<void>;
  /** As SIGKILL does: nothing is given back, nothing is finished. */
  crash(): Promise<void>;
}

/** A NATS server, a database, an emulator and as many ingestors as a test wants. */
export class IngestRig {
  private readonly running = new Set<RunningIngestor>();
  private projecting: Promise<void> = Promise.resolve();

  private constructor(
    private readonly parts: Awaited<ReturnType<typeof openParts>>,
    readonly log: RepairableLog,
  ) {}

  static async open(emulatorEnv: Record<string, string> = {}): Promise<IngestRig> {
    const parts = await openParts(emulatorEnv);
    return new IngestRig(parts, await openJetStreamLog(parts.connection, { replicas: 1, logger }));
  }

  get nats() {
    return this.parts.nats;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.parts.emulator.port}`;
  }

  async close(): Promise<void> {
    for (const ingestor of this.running) await ingestor.stop();
    await this.parts.close();
  }

  async startIngestor(name = 'one', env: Record<string, string> = {}): Promise<RunningIngestor> {
    const config = parseSettings(ingestorSettings, {
      NATS_URL: this.parts.nats.url,
      DATABASE_URL: this.parts.testDatabase.url,
      VAULT_MASTER_KEY: this.parts.masterKey,
      PARALLEL_BASE_URL: this.origin,
      SERVICE_INSTANCE: name,
      ...fastSettings,
      ...env,
    });
    const metrics = new Metrics('stream-ingestor', { processMetrics: false });
    const context = {
      config,
      logger,
      health: new Health(),
      metrics,
      clock: new BusinessClock(env.MULTITASK_TEST_CLOCK),
    };
    const resources = await openResources(context);
    const ingestor = new Ingestor(context, resources);
    ingestor.onApplicationBootstrap();
    const end = async (work: () => Promise<void>) => {
      if (!this.running.delete(running)) return;
      await work();
      context.clock.stop();
    };
    const running: RunningIngestor = {
      name,
      resources,
      metrics,
      stop: () => end(() => ingestor.onApplicationShutdown()),
      crash: () =>
        end(async () => {
          await resources.upstream.close();
          resources.leases.close();
          await ingestor.onApplicationShutdown();
        }),
    };
    this.running.add(running);
    return running;
  }

  /** An upstream group with its rows in the log, as the api-gateway makes it. */
  async createGroup(
    inputs: readonly RowInput[],
    changes: Partial<EventData<'GroupCreated'>> = {},
    key = 'emulator',
  ): Promise<string> {
    const created = await this.call('/v1/tasks/groups', { method: 'POST', body: {}, key });
    const groupId = (created as { taskgroup_id: string }).taskgroup_id;
    const credential = await this.seal(key);
    const chunks: GroupEvent[] = [];
    for (let first = 0; first < inputs.length; first += 100)
      chunks.push(
        event('RowsAccepted', { batch_id: 'b1', first_row: first, inputs: inputs.slice(first, first + 100) }),
      );
    const commit = event('GroupCreated', {
      batch_id: 'b1',
      row_count: inputs.length,
      generation: 1,
      spec: {
        processor: 'lite',
        output: {
          type: 'json',
          json_schema: {
            type: 'object',
            properties: { headquarters: { type: 'string' } },
            required: ['headquarters'],
            additionalProperties: false,
          },
        },
        ttl_days: 30,
      },
      credential_id: credential,
      owner_fingerprint: 'owner',
      warnings: [],
      origin: 'http://localhost',
      upstream: 'emulator',
      estimated_cost_usd: null,
      ...changes,
    });
    await this.log.append(groupId, [...chunks, commit], 'any');
    // Whoever was not listening yet finds it in the read model, as it does with a projector.
    await this.project(groupId);
    return groupId;
  }

  command(groupId: string, ...facts: GroupEvent[]): Promise<unknown> {
    return this.log.append(groupId, facts, 'any');
  }

  seal(key: string): Promise<string> {
    return this.parts.vault.seal('upstream-key', key, { subject: 'test' });
  }

  /** The group's log; reports that were stored together one by one. */
  async eventsOf(groupId: string): Promise<RecordedEvent[]> {
    return (await this.storedEventsOf(groupId)).flatMap((fact): RecordedEvent[] =>
      fact.name === 'RunsUpdated' ? fact.data.updates.map((data) => ({ ...fact, name: 'RunUpdated', data })) : [fact],
    );
  }

  async storedEventsOf(groupId: string): Promise<RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for await (const entry of this.log.readGroup(groupId)) if (entry.kind === 'event') events.push(entry.event);
    return events;
  }

  /** Waits until the group has completed so often, and answers its log. */
  completed(groupId: string, { times = 1, timeoutMs = 90_000 } = {}): Promise<RecordedEvent[]> {
    return eventually(
      async () => {
        const events = await this.eventsOf(groupId);
        const names = events.map(({ name }) => name);
        if (names.filter((name) => name === 'GroupCompleted').length >= times) return events;
        throw new Error(`not complete: ${JSON.stringify(tally(names))}`);
      },
      { timeoutMs, intervalMs: 50 },
    );
  }

  /** Rows that were bought more than once, by the emulator's ledger. */
  async boughtTwice(groupId: string): Promise<string[]> {
    const { runs_by_metadata } = await this.ledger(groupId);
    return Object.entries(runs_by_metadata.multitask_row ?? {}).flatMap(([key, count]) => (count > 1 ? [key] : []));
  }

  /** Brings the read model's list of groups up to the log. */
  project(groupId: string): Promise<void> {
    // One at a time: each moves the checkpoint of its partition, which groups that come together may share.
    // On a busy machine Postgres may have ended a transaction that took too long; nothing of it was written then.
    const project = () => this.projectPartition(partitionOf(groupId)).then(() => true);
    const done = this.projecting.then(async () => void (await eventually(project)));
    this.projecting = done.catch(() => undefined);
    return done;
  }

  private async projectPartition(partition: string): Promise<void> {
    const checkpoints = new CheckpointRepository(this.parts.database);
    const from = await checkpoints.open(partition, await this.log.incarnation());
    const events: RecordedEvent[] = [];
    for await (const entry of this.log.read(partitionFilter(partition), from.seq + 1))
      if (entry.kind === 'event') events.push(entry.event);
    const until = { seq: events.at(-1)?.seq ?? from.seq, fingerprint: null };
    await new PartitionProjection(this.parts.database).apply(partition, from, { events, poison: [], until });
  }

  async call(path: string, options: { method?: string; body?: unknown; key?: string } = {}): Promise<unknown> {
    const answer = await fetch(this.origin + path, {
      method: options.method ?? 'GET',
      headers: {
        'x-api-key': options.key ?? 'emulator',
        ...(options.body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  faults(...faults: object[]): Promise<unknown> {
    return this.call('/_emulator/faults', { method: 'PUT', body: { faults } });
  }

  async ledger(groupId: string): Promise<LedgerSummary> {
    return (await this.call(`/_emulator/ledger/summary?group=${groupId}`)) as LedgerSummary;
  }
}

export interface LedgerSummary {
  readonly requests: Record<string, number>;
  readonly streams: { readonly opened: number; readonly max_concurrent: number };
  readonly runs: number;
  readonly runs_by_metadata: { readonly multitask_row?: Record<string, number> };
}

const tally = (names: readonly string[]): Record<string, number> =>
  names.reduce<Record<string, number>>((sum, name) => ({ ...sum, [name]: (sum[name] ?? 0) + 1 }), {});

async function openParts(emulatorEnv: Record<string, string>) {
  const [nats, testDatabase, emulator] = await Promise.all([
    startTestNats(),
    createTestDatabase(),
    startService(
      parallelEmulator,
      { LOG_LEVEL: 'silent', EMULATOR_SPEED: '600', ...emulatorEnv },
      { processMetrics: false },
    ),
  ]);
  const connection = await connectNats({ servers: nats.url, name: 'test', logger });
  const database = openDatabase({ url: testDatabase.url, pool: 2, applicationName: 'test', logger });
  const masterKey = newMasterKey();
  const vault = new Vault(new PostgresSecretStore(database), MasterKeys.parse(masterKey));
  return {
    nats,
    testDatabase,
    emulator,
    connection,
    database,
    masterKey,
    vault,
    async close() {
      await emulator.close();
      await connection.close();
      await database.destroy();
      await Promise.all([testDatabase.drop(), nats.stop()]);
    },
  };
}
