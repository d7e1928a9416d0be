import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { freePort, startNats } from '@multitask/local-infrastructure';
import { startNatsContainer, type TestContainer } from './test-container';

export interface TestNats {
  readonly url: string;
  stop(): Promise<void>;
  /** SIGKILL, as a crash. Throws for a server that is not ours. */
  kill(): Promise<void>;
  /** Starts again on the same port and data, after `kill` or while it runs. */
  restart(): Promise<void>;
  /** Copies the data as it is now. Resolves with how to put the copy in its place, as somebody who restores a backup. */
  copy(): Promise<() => Promise<void>>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A NATS server for one spec file: 30 ms, with `TEST_INFRA=containers` in a container some 2 s; its own port and data, gone with
 * `stop()` or with the test process. With `TEST_NATS_URL` that one is used and every stream on it is deleted first; spec files must
 * then run one after another (`--runInBand`).
 */
export async function startTestNats(options: { syncInterval?: string } = {}): Promise<TestNats> {
  const given = process.env.TEST_NATS_URL;
  if (given) return borrowedNats(given);
  const dataDir = await mkdtemp(join(process.env.TEST_RUN_FOLDER ?? tmpdir(), 'nats-'));
  const port = await freePort();
  const start = () => startServer(dataDir, port, options.syncInterval ?? 'always');
  let server = await start();
  const stop = async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
    await rm(`${dataDir}-copy`, { recursive: true, force: true });
  };
  return {
    url: server.url,
    stop,
    kill: () => server.kill(),
    async restart() {
      await server.stop();
      server = await start();
    },
    async copy() {
      const copied = `${dataDir}-copy`;
      await server.stop();
      await rm(copied, { recursive: true, force: true });
      await cp(dataDir, copied, { recursive: true });
      server = await start();
      return async () => {
        await server.stop();
        await rm(dataDir, { recursive: true });
        await cp(copied, dataDir, { recursive: true });
        await rm(copied, { recursive: true });
        server = await start();
      };
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function startServer(dataDir: string, port: number, syncInterval: string): Promise<TestContainer> {
  if (process.env.TEST_INFRA === 'containers') return startNatsContainer(dataDir, port, syncInterval);
  const { url, child, stop } = await startNats({ dataDir, port, server: process.env.TEST_NATS_SERVER, syncInterval });
  // A spec that forgets to stop it must not keep jest from ending; the server ends with the process.
  child.process.unref();
  const kill = async () => {
    child.kill('SIGKILL');
    await child.exited;
  };
  return { url, stop, kill };
}

async function borrowedNats(url: string): Promise<TestNats> {
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  for await (const stream of manager.streams.list()) await manager.streams.delete(stream.config.name);
  await connection.close();
  const impossible = () => Promise.reject(new Error('This test needs a NATS server of its own; unset TEST_NATS_URL.'));
  const stop = () => Promise.resolve();
  return { url, stop, kill: impossible, restart: impossible, copy: impossible, [Symbol.asyncDispose]: stop };
}
