import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectNats, openJetStreamLog, type JetStreamLog } from '@multitask/event-log';
import { startNats, type RunningNats } from '@multitask/local-infrastructure';
import { migrateToLatest } from '@multitask/read-model';
import pg from 'pg';
import type { Scale } from '../benchmark';
import { quietLogger } from './quiet.logger';
import { ServiceProcess, type ServiceName, type ServiceOptions } from './service.process';
import { WorkerProcess } from './worker.process';

export interface StageOptions {
  readonly root: string;
  readonly scale: Scale;
  /** Milliseconds since 1970 at which the benchmark has to be over. */
  readonly deadline: number;
  /** Of a superuser; every benchmark makes databases of its own there. */
  readonly postgresUrl: string;
  readonly postgresPid: number;
  readonly profileFolder: string | undefined;
  readonly verbose: boolean;
}

const masterKey = randomBytes(32).toString('base64');

/** What a benchmark plays on: servers, services and workers of its own, all gone when it closes. */
export class Stage {
  readonly scale: Scale;
  readonly postgresPid: number;
  readonly masterKey = masterKey;
  readonly #options: StageOptions;
  readonly #folder: Promise<string>;
  readonly #closing: (() => Promise<unknown>)[] = [];

  constructor(options: StageOptions) {
    this.scale = options.scale;
    this.postgresPid = options.postgresPid;
    this.#options = options;
    this.#folder = mkdtemp(join(tmpdir(), 'multitask-bench-'));
  }

  get root(): string {
    return this.#options.root;
  }

  /** For files of the benchmark's own; gone when it closes. */
  folder(): Promise<string> {
    return this.#folder;
  }

  msLeft(): number {
    return this.#options.deadline - Date.now();
  }

  note(text: string): void {
    if (this.#options.verbose) process.stderr.write(`${(performance.now() / 1_000).toFixed(1)} s  ${text}\n`);
  }

  onClose(close: () => Promise<unknown>): void {
    this.#closing.push(close);
  }

  async nats(syncInterval = 'always'): Promise<RunningNats> {
    const nats = await startNats({ dataDir: await mkdtemp(join(await this.#folder, 'nats-')), syncInterval });
    this.onClose(() => nats.stop());
    return nats;
  }

  /** The product's log, opened from this process. */
  async log(natsUrl: string): Promise<JetStreamLog> {
    const connection = await connectNats({ servers: natsUrl, name: 'bench', logger: quietLogger });
    this.onClose(() => connection.close());
    return openJetStreamLog(connection, { replicas: 1, logger: quietLogger });
  }

  /** A new database with every table of the product. */
  async database(): Promise<string> {
    const name = `bench_${randomBytes(6).toString('hex')}`;
    const admin = new pg.Client({ connectionString: this.#options.postgresUrl });
    await admin.connect();
    await admin.query(`create database ${name}`);
    await admin.end();
    const url = this.#options.postgresUrl.replace(/[^/]*$/, name);
    await migrateToLatest(url);
    return url;
  }

  async client(databaseUrl: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: databaseUrl });
    client.on('error', () => undefined);
    await client.connect();
    this.onClose(() => client.end());
    return client;
  }

  async service(
    name: ServiceName,
    env: Readonly<Record<string, string>>,
    options: Pick<ServiceOptions, 'probed' | 'nodeArguments'> = {},
  ): Promise<ServiceProcess> {
    const { root, profileFolder } = this.#options;
    const settings = { VAULT_MASTER_KEY: masterKey, SERVICE_INSTANCE: name, ...unpaced, ...env };
    const service = await ServiceProcess.start(name, { root, profileFolder, env: settings, ...options });
    this.onClose(() => service.stop());
    return service;
  }

  async worker(file: string, nodeArguments: readonly string[] = []): Promise<WorkerProcess> {
    const worker = await WorkerProcess.start(file, nodeArguments);
    this.onClose(() => worker.stop());
    return worker;
  }

  async close(): Promise<void> {
    for (const close of this.#closing.toReversed()) await close().catch(() => undefined);
    await rm(await this.#folder, { recursive: true, force: true });
  }
}

/** What a key may do at the real upstream must not be what is measured. */
const unpaced = {
  PACE_RUNS_PER_MINUTE: '100000000',
  PACE_READS_PER_MINUTE: '100000000',
  PACE_CALLS_PER_MINUTE: '100000000',
  PACE_STREAMS_PER_MINUTE: '100000000',
  INGEST_ROWS_PER_BATCH: '1000',
  INGEST_ROWS_PER_LARGE_BATCH: '1000',
};
