import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdir, statfs, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startChild, type Child } from './child-process';
import { freePort } from './free-port';
import { tailOf } from './log-tail';
import { findNatsServer } from './nats-server.finder';

export interface NatsOptions {
  /** Holds the streams, the configuration and the log file of the server. */
  readonly dataDir: string;
  readonly port?: number;
  readonly host?: string;
  /** Where the server tells how it is (`/healthz`); nowhere unless given. */
  readonly monitorPort?: number;
  /** A server found before; otherwise `findNatsServer()`. */
  readonly server?: string;
  /** `always`: a message is acknowledged once it is on disk. A duration such as `2m` is faster and may lose the last ones. */
  readonly syncInterval?: 'always' | (string & {});
  readonly startTimeoutMs?: number;
}

export interface RunningNats {
  readonly url: string;
  readonly port: number;
  readonly version: string;
  readonly child: Child;
  stop(): Promise<void>;
}

/** Starts a NATS server with JetStream on this machine and waits until it answers. */
export async function startNats(options: NatsOptions): Promise<RunningNats> {
  const host = options.host ?? '127.0.0.1';
  const port = options.port ?? (await freePort(host));
  const server = options.server ?? (await findNatsServer()).path;
  await mkdir(options.dataDir, { recursive: true });
  const configuration = join(options.dataDir, 'nats.conf');
  const name = `local-${randomUUID()}`;
  const mostBytes = await shareOfDisk(options.dataDir);
  await writeFile(configuration, configurationText(options, { host, port, name }, mostBytes));
  const log = join(options.dataDir, 'nats.log');
  const output = openSync(log, 'a');
  const child = await startChild(server, {
    args: ['--config', configuration],
    stdio: ['ignore', output, output],
  }).finally(() => closeSync(output));
  try {
    const info = await untilGreeted({ host, port, name }, child, options.startTimeoutMs ?? 15_000);
    return {
      url: `nats://${host}:${port}`,
      port,
      version: info.version,
      child,
      stop: async () => void (await child.stop()),
    };
  } catch (error) {
    await child.stop();
    throw new Error(`nats-server did not start: ${(error as Error).message}\n${tailOf(log)}`);
  }
}

interface Identity {
  readonly host: string;
  readonly port: number;
  /** New at each start: whoever answers with another name is not the server we started. */
  readonly name: string;
}

/**
 * What streams may have of the disk, which is three quarters as by the server's own rule, but of its size: the server would take them of
 * what is free when it starts, and one that is started again on a full disk would refuse everything even when there is room again.
 */
async function shareOfDisk(folder: string): Promise<number> {
  const { blocks, bsize } = await statfs(folder);
  return Math.floor(blocks * bsize * 0.75);
}

function configurationText(options: NatsOptions, { host, port, name }: Identity, mostBytes: number): string {
  return [
    `listen: ${JSON.stringify(`${host}:${port}`)}`,
    `server_name: ${JSON.stringify(name)}`,
    'max_payload: 1MB',
    ...(options.monitorPort ? [`http: ${JSON.stringify(`${host}:${options.monitorPort}`)}`] : []),
    `jetstream { store_dir: ${JSON.stringify(join(options.dataDir, 'jetstream'))}, sync_interval: ${JSON.stringify(options.syncInterval ?? 'always')}, max_file_store: ${mostBytes} }`,
    '',
  ].join('\n');
}

interface Greeting {
  server_name: string;
  version: string;
  jetstream?: boolean;
}

/** The server says `INFO {…}` to whoever connects, once its streams are recovered. */
async function untilGreeted({ host, port, name }: Identity, child: Child, timeoutMs: number): Promise<Greeting> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (!child.running()) throw new Error(`it left with ${JSON.stringify(await child.exited)}`);
    const greeting = await greetingOf(host, port);
    if (greeting?.jetstream && greeting.server_name === name) return greeting;
    if (Date.now() > deadline) throw new Error(`no answer on port ${port} within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function greetingOf(host: string, port: number): Promise<Greeting | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let text = '';
    const end = (value?: Greeting) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(1_000, () => end());
    socket.on('error', () => end());
    socket.on('close', () => end());
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const line = /^INFO (\{.*\})\s*\r?\n/.exec(text);
      if (line) end(JSON.parse(line[1]!) as Greeting);
    });
  });
}
