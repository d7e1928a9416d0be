import { chmod, mkdir, rename, rm, access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { cacheFolder } from './cache-folder';
import { fetchFromDebian } from './nats-server.debian';
import { fetchFromDocker } from './nats-server.docker';
import { fetchRelease } from './nats-server.release';
import { checkNatsVersion } from './nats-version';

export interface NatsServer {
  readonly path: string;
  readonly version: string;
  /** Where it came from, for people. */
  readonly source: string;
}

export interface FindNatsOptions {
  readonly env?: Record<string, string | undefined>;
  /** Told about each way that did not work, as it happens. */
  readonly onFailure?: (sentence: string) => void;
}

/** No way led to a server; the message lists each with its reason. */
export class NatsServerNotFound extends Error {
  override readonly name = 'NatsServerNotFound';
  constructor(readonly failures: readonly string[]) {
    super(
      `No nats-server ≥ 2.12 could be found or fetched:\n${failures.map((line) => `  - ${line}`).join('\n')}\n` +
        'Install one and put it on PATH, or name it in NATS_SERVER (https://docs.nats.io/running-a-nats-service/introduction/installation).',
    );
  }
}

interface Way {
  readonly source: string;
  find(): Promise<string>;
}

/**
 * A NATS server ≥ 2.12: the one named by `NATS_SERVER`, else on PATH, in the cache, from its release page, from Debian's
 * packages, from Docker; in that order. What was fetched is kept in the cache folder.
 */
export async function findNatsServer(options: FindNatsOptions = {}): Promise<NatsServer> {
  const env = options.env ?? process.env;
  const failures: string[] = [];
  for (const way of waysToFind(env)) {
    try {
      const path = await way.find();
      return { path, version: await checkNatsVersion(path), source: way.source };
    } catch (error) {
      const sentence = `${way.source}: ${error instanceof Error ? error.message : String(error)}`;
      failures.push(sentence);
      options.onFailure?.(sentence);
      if (env.NATS_SERVER) break;
    }
  }
  throw new NatsServerNotFound(failures);
}

function waysToFind(env: Record<string, string | undefined>): Way[] {
  const named = env.NATS_SERVER;
  if (named) return [{ source: 'NATS_SERVER', find: () => Promise.resolve(named) }];
  const cached = () => join(cacheFolder(env), 'nats-server', `${process.platform}-${process.arch}`, binaryName());
  const into = (fetcher: (target: string) => Promise<void>) => () => fetchInto(cached(), fetcher);
  return [
    { source: 'on PATH', find: () => onPath(env.PATH ?? '') },
    { source: 'in the cache', find: () => existing(cached()) },
    { source: 'from its release page', find: into(fetchRelease) },
    { source: "from Debian's packages", find: into(fetchFromDebian) },
    { source: 'from Docker', find: into(fetchFromDocker) },
  ];
}

const binaryName = () => (process.platform === 'win32' ? 'nats-server.exe' : 'nats-server');

async function onPath(path: string): Promise<string> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, binaryName());
    if (await exists(file)) return file;
  }
  throw new Error('no nats-server there');
}

async function existing(file: string): Promise<string> {
  if (await exists(file)) return file;
  throw new Error(`nothing at ${file}`);
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

/** Two starts may fetch at once: each writes its own file, is checked, and only then takes the name. */
async function fetchInto(target: string, fetcher: (target: string) => Promise<void>): Promise<string> {
  await mkdir(join(target, '..'), { recursive: true });
  const temporary = `${target}.${process.pid}.${Date.now()}`;
  try {
    await fetcher(temporary);
    await chmod(temporary, 0o755);
    await checkNatsVersion(temporary);
    await rename(temporary, target);
    return target;
  } finally {
    await rm(temporary, { force: true });
  }
}
