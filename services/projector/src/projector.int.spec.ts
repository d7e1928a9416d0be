import { randomBytes } from 'node:crypto';
import { allPartitions, partitionOf, subjectOf, type RecordedEvent } from '@multitask/contracts';
import { connectNats, openJetStreamLog, type JetStreamLog } from '@multitask/event-log';
import { createLogger, Metrics, startService, type RunningService } from '@multitask/platform';
import {
  CheckpointRepository,
  openDatabase,
  PartitionProjection,
  PostgresGroupReader,
  type ReadModelDatabase,
} from '@multitask/read-model';
import { applyToView, emptyFold, type GroupView } from '@multitask/task-group';
import {
  createTestDatabase,
  eventually,
  GroupStory,
  startTestNats,
  type TestDatabase,
  type TestNats,
} from '@multitask/testing';
import type { NatsConnection } from '@nats-io/transport-node';
import { sql } from 'kysely';
import { projector } from './index';
import { PartitionWorker } from './partition.worker';
import { ProjectorMetrics } from './projector.metrics';

const logger = createLogger('test', { level: 'silent', format: 'json' });
const newGroupId = () => `tgrp_${randomBytes(16).toString('hex')}`;

let nats: TestNats;
let database: TestDatabase;
let connection: NatsConnection;
let log: JetStreamLog;
let db: ReadModelDatabase;
let reader: PostgresGroupReader;
const services: RunningService[] = [];

beforeAll(async () => {
  [nats, database] = await Promise.all([startTestNats(), createTestDatabase()]);
  connection = await connectNats({ servers: nats.url, name: 'test', logger });
  log = await openJetStreamLog(connection, { replicas: 1, logger });
  db = openDatabase({ url: database.url, pool: 4, applicationName: 'test', logger });
  reader = new PostgresGroupReader(db);
});

afterEach(() => Promise.all(services.splice(0).map((service) => service.close())));

afterAll(async () => {
  await db.destroy();
  await connection.close();
  await Promise.all([nats.stop(), database.drop()]);
});

async function start(name: string): Promise<RunningService> {
  const env = { NATS_URL: nats.url, DATABASE_URL: database.url, LOG_LEVEL: 'silent', SERVICE_INSTANCE: name };
  const service = await startService(projector, env, { processMetrics: false });
  services.push(service);
  return service;
}

/** A group's whole life, appended event by event. */
async function live(groupId: string, rows = 3): Promise<void> {
  const story = new GroupStory(groupId).created(
    Array.from({ length: rows }, (_, i) => ({ n: i })),
    { webhook_id: 'hook' },
  );
  for (let row = 0; row < rows; row++) story.bought([row]).reported(row, 'running').completedRow(row, { answer: row });
  await append(story.completed());
}

async function append(story: GroupStory): Promise<void> {
  for (const { name, data } of story.events) await log.append(story.groupId, [{ name, data } as RecordedEvent], 'any');
}

async function folded(groupId: string): Promise<GroupView | undefined> {
  const fold = emptyFold(groupId);
  for await (const entry of log.readGroup(groupId)) if (entry.kind === 'event') applyToView(fold, entry.event);
  return fold.view;
}

/** Waits until the read model shows exactly what a fold of the log gives. */
async function projected(groupId: string): Promise<void> {
  const expected = await folded(groupId);
  await eventually(async () => (await reader.header(groupId))?.header.seq === expected!.seq, { timeoutMs: 60_000 });
  expect((await reader.snapshot(groupId))?.view).toEqual(expected);
}

const metricsOf = async (service: RunningService): Promise<string> =>
  (await fetch(`http://127.0.0.1:${service.opsPort}/metrics`)).text();

const partitionsOf = async (service: RunningService): Promise<number> =>
  [...(await metricsOf(service)).matchAll(/^multitask_projector_held\{.*\} 1$/gm)].length;

describe('the projector', () => {
  it('shows what the log says, for groups in every partition', async () => {
    await start('one');
    const groups = Array.from({ length: 40 }, newGroupId);
    await Promise.all(groups.map((group) => live(group)));
    for (const group of groups) await projected(group);
    expect(new Set(groups.map(partitionOf)).size).toBeGreaterThan(8);
  });

  it('starts where the last one stopped', async () => {
    const group = newGroupId();
    const first = await start('one');
    await live(group);
    await projected(group);
    await first.close();
    await append(new GroupStory(group).cancelled());
    await start('two');
    await projected(group);
  });

  it('shares the partitions between replicas, and takes over those of one that stops', async () => {
    const [one, two] = [await start('one'), await start('two')];
    await eventually(async () => (await partitionsOf(one)) === 8 && (await partitionsOf(two)) === 8);
    const groups = Array.from({ length: 20 }, newGroupId);
    await Promise.all(groups.map((group) => live(group)));
    await one.close();
    for (const group of groups) await projected(group);
    await eventually(async () => (await partitionsOf(two)) === 16);
  });

  it('writes nothing twice when several projectors have the same partitions', async () => {
    const stop = new AbortController();
    const metrics = new Metrics('test', { processMetrics: false });
    const parts = {
      log,
      checkpoints: new CheckpointRepository(db),
      projection: new PartitionProjection(db),
      metrics: new ProjectorMetrics(metrics),
      logger,
      batchSize: 7,
    };
    const workers = [...allPartitions, ...allPartitions].map((p) => new PartitionWorker(p, parts).run(stop.signal));
    const groups = Array.from({ length: 20 }, newGroupId);
    await Promise.all(groups.map((group) => live(group, 8)));
    for (const group of groups) await projected(group);
    stop.abort();
    await Promise.all(workers);
    expect(await metrics.registry.metrics()).toMatch(/projector_collisions_total\{.*\} [1-9]/);
  });

  it('shows at any moment a state the log was in', async () => {
    await start('one');
    const group = newGroupId();
    const writing = live(group, 60);
    const seen = new Map<number, GroupView>();
    for (let done = false; !done;) {
      const snapshot = await reader.snapshot(group);
      if (!snapshot) continue;
      seen.set(snapshot.position.seq, snapshot.view);
      done = snapshot.view.completedGeneration === 1;
    }
    await writing;
    const fold = emptyFold(group);
    let compared = 0;
    for await (const entry of log.readGroup(group)) {
      if (entry.kind !== 'event') continue;
      applyToView(fold, entry.event);
      const view = seen.get(entry.event.seq);
      if (!view) continue;
      expect(view).toEqual(fold.view);
      compared++;
    }
    expect(compared).toBeGreaterThan(10);
  });

  it('goes on after NATS was killed, without a gap or a repeat', async () => {
    const service = await start('one');
    const groups = Array.from({ length: 10 }, newGroupId);
    const writing = Promise.all(groups.map((group) => live(group, 10)));
    await eventually(async () => (await reader.header(groups[0]!)) !== undefined);
    await nats.kill();
    await nats.restart();
    await writing;
    for (const group of groups) await projected(group);
    await eventually(async () => (await partitionsOf(service)) === 16);
    expect(await metricsOf(service)).not.toMatch(/parked_events_total\{.*\} [1-9]/);
  });

  it('goes on after Postgres cut every connection', async () => {
    await start('one');
    const groups = Array.from({ length: 10 }, newGroupId);
    const writing = Promise.all(groups.map((group) => live(group, 10)));
    for (let cut = 0; cut < 5; cut++) {
      await eventually(async () => (await cutConnections()) > 0);
    }
    await writing;
    for (const group of groups) await projected(group);
  });

  it('parks what it cannot read and goes on with the partition', async () => {
    const service = await start('one');
    const group = newGroupId();
    await jetstreamPublish(subjectOf(group, 'ingest'), 'no json');
    await live(group);
    await projected(group);
    const parked = await db.selectFrom('read.parked_events').selectAll().where('group_id', '=', group).execute();
    expect(parked).toMatchObject([{ partition: partitionOf(group), raw: 'no json' }]);
    expect(await metricsOf(service)).toMatch(/multitask_projector_parked_events_total\{.*\} 1/);
  });

  it('says how far behind it is', async () => {
    const service = await start('one');
    const group = newGroupId();
    await live(group);
    await projected(group);
    await eventually(async () =>
      new RegExp(`multitask_projector_lag_events\\{.*partition="${partitionOf(group)}".*\\} 0`).test(
        await metricsOf(service),
      ),
    );
  });

  // Last: it spoils the log for the others.
});

async function cutConnections(): Promise<number> {
  const { rows } = await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'one'`.execute(db);
  return rows.length;
}

async function jetstreamPublish(subject: string, body: string): Promise<void> {
  await connection.request(subject, body);
}
