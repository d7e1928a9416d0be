import { mkdtemp, readFile, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { startNats } from './nats';

describe('a NATS server of our own', () => {
  let dataDir: string;
  beforeEach(async () => void (dataDir = await mkdtemp(join(tmpdir(), 'multitask-nats-'))));
  afterEach(() => rm(dataDir, { recursive: true, force: true }));
  const start = (port?: number) => startNats({ dataDir, port, server: process.env.TEST_NATS_SERVER });

  it('keeps what it acknowledged when it is killed, and comes back on its port', async () => {
    const first = await start();
    const connection = await connect({ servers: first.url });
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'KEPT', subjects: ['kept.>'], allow_atomic: true, allow_msg_ttl: true });
    await jetstream(connection).publish('kept.one', 'a fact');
    await connection.close();

    first.child.kill('SIGKILL');
    await first.child.exited;
    const second = await start(first.port);

    const again = await connect({ servers: second.url });
    const info = await (await jetstreamManager(again)).streams.info('KEPT');
    await again.close();
    await second.stop();
    expect(info.state.messages).toBe(1);
    expect(info.config).toMatchObject({ allow_atomic: true, allow_msg_ttl: true });
  });

  it('may use of the disk what its size allows, however full it is at the moment', async () => {
    const server = await start();
    const { blocks, bsize } = await statfs(dataDir);
    const connection = await connect({ servers: server.url });
    await (await jetstreamManager(connection)).getAccountInfo();
    await connection.close();
    await server.stop();
    const said = /Max Storage:\s+([\d.]+) ([KMGT]?B)/.exec(await readFile(join(dataDir, 'nats.log'), 'utf8'))!;
    const unit = 1024 ** ['B', 'KB', 'MB', 'GB', 'TB'].indexOf(said[2]!);
    expect(Math.abs(Number(said[1]) * unit - blocks * bsize * 0.75)).toBeLessThan(unit);
  });

  it('says why it did not start', async () => {
    const first = await start();
    const second = startNats({
      dataDir: join(dataDir, 'other'),
      port: first.port,
      server: process.env.TEST_NATS_SERVER,
    });
    await expect(second).rejects.toThrow(/address already in use/);
    await first.stop();
  });
});
