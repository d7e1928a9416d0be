import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNatsServer, freePort, startNats, startPostgres, type Child } from '@multitask/local-infrastructure';
import type { Environment, Logger } from '@multitask/platform';
import type { DataFolder } from './data-folder';
import { SupervisedProcess } from './supervision/supervised.process';
import { WriteFaultWatch } from './supervision/write-fault.watch';

export interface Infrastructure {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  stop(): Promise<void>;
}

export interface InfrastructureOptions {
  readonly env: Environment;
  readonly folder: DataFolder;
  readonly logger: Logger;
  /** Sentences for the person who started us. */
  tell(sentence: string): void;
  readonly stopTimeoutMs: number;
}

/** The NATS server and the Postgres of this start: those of the environment, else our own, kept running. */
export async function startInfrastructure(options: InfrastructureOptions): Promise<Infrastructure> {
  const started: SupervisedProcess[] = [];
  const watches: WriteFaultWatch[] = [];
  const stop = async () => {
    for (const watch of watches) watch.stop();
    await Promise.allSettled(started.map((process) => process.stop()));
  };
  const keep = async (name: string, start: () => Promise<Child>) => {
    const { folder, logger, stopTimeoutMs } = options;
    const process = new SupervisedProcess({ name, pidFile: folder.pidFile(name), logger, start, stopTimeoutMs });
    started.push(process);
    await process.start();
    return process;
  };
  try {
    const outcomes = await Promise.allSettled([provideNats(options, keep, watches), providePostgres(options, keep)]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    const [natsUrl, databaseUrl] = outcomes.map((outcome) => (outcome as PromiseFulfilledResult<string>).value);
    noteAddresses(options.folder, { NATS_URL: natsUrl!, DATABASE_URL: databaseUrl! });
    return { natsUrl: natsUrl!, databaseUrl: databaseUrl!, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** For operator's commands beside a running start; a password is in it. */
const noteAddresses = (folder: DataFolder, addresses: Environment): void =>
  writeFileSync(join(folder.path, 'addresses.json'), `${JSON.stringify(addresses)}\n`, { mode: 0o600 });

type Keep = (name: string, start: () => Promise<Child>) => Promise<SupervisedProcess>;

async function provideNats(
  { env, folder, tell, logger }: InfrastructureOptions,
  keep: Keep,
  watches: WriteFaultWatch[],
): Promise<string> {
  if (env.NATS_URL) return env.NATS_URL;
  const failures: string[] = [];
  const server = await findNatsServer({ env, onFailure: (sentence) => failures.push(sentence) });
  // The first start fetches a server; why it had to is worth a line, that later starts find it in the cache is not.
  if (server.source.startsWith('from')) for (const failure of failures) tell(`nats-server ${failure}`);
  tell(`nats-server ${server.version} ${server.source}`);
  const port = await freePort();
  const monitorPort = await freePort();
  const options = { dataDir: folder.nats, port, monitorPort, server: server.path };
  const nats = await keep('nats', async () => (await startNats(options)).child);
  const url = `http://127.0.0.1:${monitorPort}/healthz`;
  watches.push(new WriteFaultWatch({ url, restart: () => nats.restart(), logger }));
  return `nats://127.0.0.1:${port}`;
}

async function providePostgres({ env, folder, tell }: InfrastructureOptions, keep: Keep): Promise<string> {
  if (env.DATABASE_URL) return env.DATABASE_URL;
  const port = await freePort();
  let url = '';
  let notice: string | undefined;
  await keep('postgres', async () => {
    const server = await startPostgres({ dataDir: folder.postgres, port, database: 'multitask' });
    ({ url, notice } = server);
    return server.child;
  });
  if (notice) tell(notice);
  return url;
}
