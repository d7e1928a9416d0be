import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { headers as newHeaders, nuid, type NatsConnection } from '@nats-io/transport-node';
import { partitionFilter, partitionOf, streamName, subjectOf, type RecordedEvent } from '@multitask/contracts';
import { ConfigurationError, createLogger } from '@multitask/platform';
import { eventually, startTestNats, type TestNats } from '@multitask/testing';
import { FenceRefusedError, LogFullError, type EventLog } from './event-log';
import { all, bare, cancelled, expired, large, newGroupId, started, take } from './event-log.contract';
import { openJetStreamLog } from './jetstream.log';
import { connectNats } from './nats.connection';

const logger = createLogger('test', { level: 'silent', format: 'json' });
const mebibyte = 1024 * 1024;

let nats: TestNats;
let connection: NatsConnection;
let log: EventLog;
let manager: JetStreamManager;

beforeAll(async () => {
  nats = await startTestNats();
  connection = await connectNats({ servers: nats.url, name: 'test', logger });
  log = await openJetStreamLog(connection, { replicas: 1, logger });
  manager = await jetstreamManager(connection);
});

afterAll(async () => {
  await connection?.close();
  await nats?.stop();
});

/** A line to the server that can lose all answers, and then be cut, as a dying switch does. */
async function flakyLine(): Promise<{ url: string; muted: boolean; cut(): void; close(): void }> {
  const target = new URL(nats.url);
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = dial(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => (client.destroy(), upstream.destroy(), sockets.delete(socket)));
    }
    client.on('data', (data) => upstream.write(data));
    upstream.on('data', (data) => void (line.muted || client.write(data)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const cut = () => [...sockets].forEach((socket) => socket.destroy());
  const line = { url: `nats://127.0.0.1:${port}`, muted: false, cut, close: () => (cut(), void server.close()) };
  return line;
}

describe('an append whose answer is lost', () => {
  it.each([
    ['one fenced event', [started('a')], 'writer'],
    ['a fenced batch', [started('a'), started('b')], 'writer'],
    ['a batch fenced by the group, with parts', [large(600_000), cancelled(1)], 'group'],
    ['one event without a fence', [started('a')], undefined],
    ['a batch without a fence', [started('a'), started('b')], undefined],
  ] as const)('is stored once and found again: %s', async (_, events, of) => {
    const line = await flakyLine();
    const client = await connectNats({ servers: line.url, name: 'flaky', logger });
    const flaky = await openJetStreamLog(client, { replicas: 1, logger });
    const group = newGroupId();
    const expect_ = of ? ({ of, seq: 0 } as const) : 'any';
    line.muted = true;
    const appending = flaky.append(group, events, expect_);
    await eventually(async () => (await all(log.readGroup(group))).length === events.length);
    line.muted = false;
    line.cut();
    const { lastSeq } = await appending;
    const stored = await all(log.readGroup(group));
    expect(stored.map(bare)).toEqual(events.map(bare));
    expect(stored.at(-1)!.seq).toBe(lastSeq);
    await client.close();
    line.close();
  });

  it('is refused, when it is sent again, if its fence was stale', async () => {
    const line = await flakyLine();
    const client = await connectNats({ servers: line.url, name: 'flaky', logger });
    const flaky = await openJetStreamLog(client, { replicas: 1, logger });
    const group = newGroupId();
    const appending = flaky.append(group, [started('a')], { of: 'writer', seq: 7 });
    line.cut();
    await expect(appending).rejects.toThrow(FenceRefusedError);
    await client.close();
    line.close();
  });
});

describe('a tail', () => {
  it('misses and repeats nothing while the server is killed again and again and groups are purged', async () => {
    const group = newGroupId();
    const partition = partitionOf(group);
    const { lastSeq } = await log.append(group, [started('first')], 'any');
    const stop = new AbortController();
    const seen: RecordedEvent[] = [];
    const tailing = (async () => {
      for await (const entry of log.tail(partitionFilter(partition), lastSeq + 1, stop.signal))
        if (entry.kind === 'event' && entry.event.groupId === group) seen.push(entry.event);
    })();
    const purged = await neighbour(partition);
    let fence = lastSeq;
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 40; i++) {
        const events = i % 10 ? [started(`${round}.${i}`)] : [started(`${round}.${i}`), started(`${round}.${i}b`)];
        await log.append(purged, [started('x')], 'any');
        fence = (await log.append(group, events, { of: 'writer', seq: fence })).lastSeq;
        if (i === 20) {
          await nats.kill();
          await nats.restart();
        }
        if (i === 30) await log.purgeGroup(purged);
      }
    }
    await eventually(() => seen.at(-1)?.seq === fence, { timeoutMs: 60_000 });
    stop.abort();
    await tailing;
    expect(seen).toEqual((await all(log.readGroup(group))).slice(1));
    expect(seen).toHaveLength(4 * 44);
  });

  it('holds no more than one pull of a slow reader', async () => {
    const group = newGroupId();
    const events = Array.from({ length: 200 }, (_, i) => started(String(i)));
    const { firstSeq } = await log.append(group, events, 'any');
    for (let i = 0; i < 4; i++) await log.append(group, events, 'any');
    const stop = new AbortController();
    const tail = log.tail(subjectOf(group, 'ingest'), firstSeq, stop.signal)[Symbol.asyncIterator]();
    await tail.next();
    const consumers = async () => manager.consumers.list(streamName).next();
    await eventually(async () => (await consumers()).some((consumer) => consumer.delivered.consumer_seq === 256));
    for (let i = 1; i < 1_000; i++)
      expect((await tail.next()).value).toMatchObject({ event: { data: { holder: String(i % 200) } } });
    stop.abort();
    expect((await tail.next()).done).toBe(true);
  });
});

describe('reading a group', () => {
  it('ends although its last messages were purged meanwhile', async () => {
    const group = newGroupId();
    for (let i = 0; i < 4; i++)
      await log.append(
        group,
        Array.from({ length: 200 }, () => started('x')),
        'any',
      );
    const reading = log.readGroup(group)[Symbol.asyncIterator]();
    await reading.next();
    await log.purgeGroup(group);
    let read = 1;
    while (!(await reading.next()).done) read++;
    expect(read).toBeLessThan(800);
  });

  it('says what it could not read, and goes on', async () => {
    const group = newGroupId();
    const type = newHeaders();
    type.set('ce-type', 'multitask.never.heard.v9');
    const broken = newHeaders();
    broken.set('ce-type', 'multitask.cancel.requested.v1');
    const lonely = newHeaders();
    lonely.set('ce-type', 'multitask.ingest.started.v1');
    lonely.set('multitask-parts', '3');
    await connection.request(subjectOf(group, 'ingest'), 'no json');
    await connection.request(subjectOf(group, 'ingest'), '{}', { headers: type, timeout: 5_000 });
    await connection.request(subjectOf(group, 'command'), '{"generation":"one"}', { headers: broken, timeout: 5_000 });
    await connection.request(subjectOf(group, 'ingest'), '{}', { headers: lonely, timeout: 5_000 });
    await log.append(group, [started('a')], 'any');
    const kinds: string[] = [];
    for await (const entry of log.readGroup(group))
      kinds.push(
        entry.kind === 'event' ? entry.event.name : `${entry.message.groupId === group} ${entry.message.reason}`,
      );
    expect(kinds[0]).toMatch(/^true .*JSON/);
    expect(kinds[1]).toBe('true unknown event type multitask.never.heard.v9');
    expect(kinds[2]).toMatch(/^true .*generation/);
    expect(kinds[3]).toBe('true parts of this event are missing');
    expect(kinds[4]).toBe('IngestStarted');
    const stop = new AbortController();
    const tailed = await take(log.tail(subjectOf(group, 'ingest'), 1, stop.signal), 1);
    expect(tailed.map(bare)).toEqual([bare(started('a'))]);
  });
});

describe('the stream', () => {
  it('keeps a tombstone for a year', async () => {
    const group = newGroupId();
    const { lastSeq } = await log.append(group, [expired()], 'any');
    const message = await manager.streams.getMessage(streamName, { seq: lastSeq });
    expect(message!.header.get('Nats-TTL')).toBe('8760h');
    const other = await log.append(group, [started('a')], 'any');
    expect((await manager.streams.getMessage(streamName, { seq: other.lastSeq }))!.header.has('Nats-TTL')).toBe(false);
  });

  it('writes CloudEvents attributes as headers', async () => {
    const group = newGroupId();
    const { lastSeq } = await log.append(group, [cancelled(2)], 'any');
    const { header, data } = (await manager.streams.getMessage(streamName, { seq: lastSeq }))!;
    expect(header.get('ce-type')).toBe('multitask.cancel.requested.v1');
    expect(header.get('ce-subject')).toBe(group);
    expect(header.get('ce-specversion')).toBe('1.0');
    expect(header.get('ce-source')).toBe('multitask/command/test');
    for (const name of ['ce-id', 'ce-time']) expect(header.get(name)).not.toBe('');
    expect(JSON.parse(Buffer.from(data).toString())).toEqual({ generation: 2 });
  });

  it('waits its turn when the server has too many open batches', async () => {
    const open = Array.from({ length: 50 }, () => ({ id: nuid.next(), subject: subjectOf(newGroupId(), 'ingest') }));
    const send = ({ id, subject }: (typeof open)[number], sequence: number) => {
      const headers = newHeaders();
      headers.set('Nats-Batch-Id', id);
      headers.set('Nats-Batch-Sequence', String(sequence));
      if (sequence > 1) headers.set('Nats-Batch-Commit', '1');
      return connection.request(subject, '{}', { headers, timeout: 5_000 });
    };
    for (const batch of open) await send(batch, 1);
    const group = newGroupId();
    let stored = false;
    const appending = log
      .append(group, [started('a'), started('b')], { of: 'writer', seq: 0 })
      .then(() => (stored = true));
    await log.append(newGroupId(), [started('single')], 'any');
    expect(stored).toBe(false);
    for (const batch of open) await send(batch, 2);
    await appending;
    expect(await all(log.readGroup(group))).toHaveLength(2);
  });

  it('refuses new facts when it is full, and keeps the old ones', async () => {
    await using small = await startTestNats();
    const client = await connectNats({ servers: small.url, name: 'test', logger });
    const tight = await openJetStreamLog(client, { replicas: 1, maxBytes: 16 * mebibyte, logger });
    const group = newGroupId();
    let error: unknown;
    for (let i = 0; i < 20 && !error; i++)
      await tight.append(group, [large(mebibyte)], 'any').catch((refusal: unknown) => (error = refusal));
    expect(error).toBeInstanceOf(LogFullError);
    const { fullness, firstSeq } = await tight.state();
    expect(firstSeq).toBe(1);
    expect(fullness).toBeGreaterThan(0.9);
    const filler = large(250_000);
    for (error = undefined; !error;)
      await tight.append(group, [filler], 'any').catch((refusal: unknown) => (error = refusal));
    expect(error).toBeInstanceOf(LogFullError);
    await client.close();
  });

  it('grows when the setting does, keeping what it holds and its incarnation', async () => {
    await using own = await startTestNats();
    const client = await connectNats({ servers: own.url, name: 'test', logger });
    const before = await openJetStreamLog(client, { replicas: 1, maxBytes: 16 * mebibyte, logger });
    const group = newGroupId();
    await before.append(group, [started('a')], 'any');
    const after = await openJetStreamLog(client, { replicas: 1, maxBytes: 32 * mebibyte, logger });
    expect(await after.incarnation()).toBe(await before.incarnation());
    expect(await all(after.readGroup(group))).toHaveLength(1);
    const info = await (await jetstreamManager(client)).streams.info(streamName);
    expect(info.config.max_bytes).toBe(32 * mebibyte);
    await client.close();
  });

  it('is made once by many services that start together', async () => {
    await using own = await startTestNats();
    const client = await connectNats({ servers: own.url, name: 'test', logger });
    const logs = await Promise.all(Array.from({ length: 8 }, () => openJetStreamLog(client, { replicas: 1, logger })));
    expect(new Set(await Promise.all(logs.map((each) => each.incarnation()))).size).toBe(1);
    await client.close();
  });

  it('is refused when it could eat facts', async () => {
    await using own = await startTestNats();
    const client = await connectNats({ servers: own.url, name: 'test', logger });
    const foreign = await jetstreamManager(client);
    await foreign.streams.add({ name: streamName, subjects: ['multitask.*.*.*'], max_bytes: mebibyte });
    const opening = openJetStreamLog(client, { replicas: 1, logger });
    await expect(opening).rejects.toThrow(ConfigurationError);
    await expect(opening).rejects.toThrow('discard must be "new"');
    await client.close();
  });
});

/** Another group of the same partition. */
async function neighbour(partition: string): Promise<string> {
  for (;;) {
    const group = newGroupId();
    if (partitionOf(group) === partition) return group;
  }
}
