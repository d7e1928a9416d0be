import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { partitionFilter, partitionOf, streamName, type RecordedEvent } from '@multitask/contracts';
import { freePort, startChild, type Child } from '@multitask/local-infrastructure';
import { createLogger } from '@multitask/platform';
import { eventually } from '@multitask/testing';
import { all, eventLogContract, newGroupId, started } from './event-log.contract';
import { openJetStreamLog, type JetStreamLog } from './jetstream.log';
import { KvLeaseStore } from './lease.kv-store';
import { connectNats } from './nats.connection';

interface Node {
  readonly name: string;
  readonly port: number;
  readonly routePort: number;
  child?: Child;
}

const logger = createLogger('test', { level: 'silent', format: 'json' });
/** Set by the test run when it uses programs of this machine; a cluster of containers is not worth its minutes here. */
const server = process.env.TEST_NATS_SERVER;

const onThreeServers = server ? describe : describe.skip;

onThreeServers('the log on three servers', () => {
  let folder: string;
  let nodes: Node[];
  let connection: NatsConnection;
  let log: JetStreamLog;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'multitask-test-cluster-'));
    nodes = await Promise.all(
      ['a', 'b', 'c'].map(async (name) => ({ name, port: await freePort(), routePort: await freePort() })),
    );
    await Promise.all(nodes.map(start));
    const servers = nodes.map(({ port }) => `nats://127.0.0.1:${port}`).join(',');
    connection = await connectNats({ servers, name: 'test', logger });
    log = await openJetStreamLog(connection, { replicas: 3, logger });
  });

  afterAll(async () => {
    await connection?.close();
    await Promise.all(nodes.map(({ child }) => child?.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  async function start(node: Node): Promise<void> {
    const file = join(folder, `${node.name}.conf`);
    const routes = nodes.map(({ routePort }) => `"nats://127.0.0.1:${routePort}"`).join(', ');
    await writeFile(
      file,
      `listen: "127.0.0.1:${node.port}"
       server_name: "${node.name}"
       jetstream { store_dir: "${folder}/${node.name}", sync_interval: always }
       cluster { name: "test", listen: "127.0.0.1:${node.routePort}", routes: [${routes}] }`,
    );
    node.child = await startChild(server!, { args: ['--config', file], stdio: 'ignore' });
  }

  eventLogContract(() => log);

  it('loses and repeats nothing when the leader is killed', async () => {
    const group = newGroupId();
    const { lastSeq } = await log.append(group, [started('first')], 'any');
    const leases = await KvLeaseStore.open(connection, { replicas: 3 });
    const lease = (await leases.acquire('survivor', 'me'))!;
    const stop = new AbortController();
    const seen: RecordedEvent[] = [];
    const tailing = (async () => {
      for await (const entry of log.tail(partitionFilter(partitionOf(group)), lastSeq + 1, stop.signal))
        if (entry.kind === 'event' && entry.event.groupId === group) seen.push(entry.event);
    })();
    const { cluster } = await (await jetstreamManager(connection)).streams.info(streamName);
    const leader = nodes.find(({ name }) => name === cluster?.leader)!;
    let fence = lastSeq;
    for (let i = 0; i < 60; i++) {
      const events = i % 3 ? [started(`${i}`)] : [started(`${i}`), started(`${i}b`)];
      fence = (await log.append(group, events, { of: 'writer', seq: fence })).lastSeq;
      if (i === 20) leader.child!.kill('SIGKILL');
      if (i === 40) await start(leader);
    }
    await eventually(() => seen.at(-1)?.seq === fence, { timeoutMs: 60_000 });
    stop.abort();
    await tailing;
    expect(seen).toEqual((await all(log.readGroup(group))).slice(1));
    expect(seen).toHaveLength(80);
    expect(lease.lost.aborted).toBe(false);
  });
});
