import { event, partitionOf, type GroupEvent, type RecordedEvent } from '@multitask/contracts';
import { applyToView, emptyFold, type GroupView } from '@multitask/task-group';
import { createTestDatabase, GroupStory, groupStories, type TestDatabase } from '@multitask/testing';
import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { openDatabase, type ReadModelDatabase } from '../database';
import { CheckpointRepository } from '../repositories/checkpoint.repository';
import { PostgresGroupReader } from '../repositories/postgres.group.reader';
import { CheckpointMovedError, PartitionProjection } from './partition.projection';

const incarnation = 'first';

describe('projecting a partition', () => {
  let testDatabase: TestDatabase;
  let db: ReadModelDatabase;
  let projection: PartitionProjection;
  let reader: PostgresGroupReader;
  let checkpoints: CheckpointRepository;
  /** Sequences go up over all tests, as they do in one log. */
  let offset = 0;

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    db = openDatabase({ url: testDatabase.url, pool: 3, applicationName: 'test' });
    projection = new PartitionProjection(db);
    reader = new PostgresGroupReader(db);
    checkpoints = new CheckpointRepository(db);
  });
  afterAll(async () => {
    await db.destroy();
    await testDatabase.drop();
  });

  /** The story's events as they would stand in the shared log: under a fresh group id and later than everything before. */
  function placed(story: GroupStory): { groupId: string; events: RecordedEvent[] } {
    const groupId = `tgrp_${randomBytes(16).toString('hex')}`;
    const events = story.events.map((fact) => ({ ...fact, groupId, seq: fact.seq + offset }) as RecordedEvent);
    offset = events.at(-1)!.seq;
    return { groupId, events };
  }

  async function project(groupId: string, events: readonly RecordedEvent[]): Promise<void> {
    const partition = partitionOf(groupId);
    const from = await checkpoints.open(partition, incarnation);
    await projection.apply(partition, from, {
      events,
      poison: [],
      until: { seq: events.at(-1)!.seq, fingerprint: null },
    });
  }

  const folded = (groupId: string, events: readonly RecordedEvent[]): GroupView | undefined =>
    events.reduce(applyToView, emptyFold(groupId)).view;

  test('whatever happened to a group and however it was batched, the tables hold what a fold of the log gives', async () => {
    await fc.assert(
      fc.asyncProperty(
        groupStories,
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 30 }),
        async (story, sizes) => {
          const { groupId, events } = placed(story);
          for (let at = 0, batch = 0; at < events.length; batch++) {
            const size = sizes[batch % sizes.length]!;
            await project(groupId, events.slice(at, at + size));
            at += size;
          }
          const snapshot = await reader.snapshot(groupId);
          expect(snapshot?.view).toEqual(folded(groupId, events));
          expect(snapshot?.position.seq).toBe(events.at(-1)!.seq);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('given a group that is read piece by piece, when it changes meanwhile, then every piece is of the first instant', async () => {
    const { groupId, events } = placed(new GroupStory().created(['a', 'b', 'c']).bought([0, 1, 2]).cancelled());
    await project(groupId, events.slice(0, 2));
    const opened = (await reader.open(groupId))!;
    const first = await opened.read(0, 2);
    await project(groupId, events.slice(2));
    const rest = await opened.read(2, 2);
    expect([...first, ...rest].map(({ runId }) => runId)).toEqual([null, null, null]);
    expect(opened.header).toMatchObject({ seq: events[1]!.seq, rowCount: 3 });
    expect(opened.position.seq).toBe(events[1]!.seq);
    await opened.close();
    await opened.close();
    expect((await reader.snapshot(groupId))!.view.rows.map(({ runId }) => runId === null)).toEqual([
      false,
      false,
      false,
    ]);
    // A group nobody has heard of holds no connection: there are three in the pool.
    for (let i = 0; i < 5; i++) expect(await reader.open(`tgrp_${'0'.repeat(31)}${i}`)).toBeUndefined();
  });

  test('given a checkpoint that somebody else moved, when a batch comes, then nothing of it is written', async () => {
    const { groupId, events } = placed(new GroupStory().created([{ a: 1 }]));
    const partition = partitionOf(groupId);
    const stale = await checkpoints.open(partition, incarnation);
    await project(groupId, events.slice(0, 1));
    const rest = { events, poison: [], until: { seq: events.at(-1)!.seq, fingerprint: null } };
    await expect(projection.apply(partition, stale, rest)).rejects.toThrow(CheckpointMovedError);
    expect(await reader.header(groupId)).toBeUndefined();
  });

  test('given a group that is followed, whose rows come with their runs, then they are what a fold has, however they were cut', async () => {
    const followed = (first_row: number, ...names: string[]): GroupEvent =>
      event('RunsFollowed', {
        first_row,
        runs: names.map((name) => ({ run_id: `trun_${name}`, input: name === 'b' ? name : { z: name, a: 'nul \0' } })),
      });
    const begun = new GroupStory().created([], { followed: true }).events;
    const reports: GroupEvent[] = ['a', 'c'].map((name, i) =>
      event('RunUpdated', {
        key: `${i * 2}.1`,
        run: { run_id: `trun_${name}`, status: 'completed' },
        output: { type: 'text', content: name },
      }),
    );
    const told = [followed(0, 'a', 'b'), reports[0]!, followed(2, 'c'), reports[1]!];
    const rest = told.map((fact, i) => ({
      ...fact,
      id: `f${i}`,
      time: begun[0]!.time,
      groupId: '',
      seq: begun.length + 1 + i,
    }));
    const story = Object.assign(new GroupStory(), { events: [...begun, ...rest] as RecordedEvent[] });
    for (const size of [1, 3, 100]) {
      const { groupId, events } = placed(story);
      for (let at = 0; at < events.length; at += size) await project(groupId, events.slice(at, at + size));
      expect((await reader.snapshot(groupId))?.view).toEqual(folded(groupId, events));
      expect((await reader.rowByRunId('trun_b'))?.row.input).toBe('b');
    }
  });

  test('given two projectors with the same batch, when both apply it, then exactly one does', async () => {
    const { groupId, events } = placed(new GroupStory().created([{ a: 1 }, { a: 2 }]));
    const partition = partitionOf(groupId);
    const from = await checkpoints.open(partition, incarnation);
    const batch = { events, poison: [], until: { seq: events.at(-1)!.seq, fingerprint: null } };
    const outcomes = await Promise.allSettled([
      projection.apply(partition, from, batch),
      projection.apply(partition, from, batch),
    ]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await reader.snapshot(groupId))?.view.rows).toHaveLength(2);
  });

  test('given a generation that is replaced before it completed, then its key is due to be forgotten, and no other', async () => {
    const story = new GroupStory()
      .created([{ a: 1 }])
      .bought([0])
      .appended([{ a: 2 }])
      .bought([1])
      .retried();
    const { groupId, events } = placed(
      story
        .completedRow(0, {})
        .completedRow(1, {})
        .completed()
        .appended([{ a: 3 }]),
    );
    const keys = () =>
      db
        .selectFrom('notify.jobs')
        .select(['generation', 'credential_id'])
        .where('group_id', '=', groupId)
        .where('kind', '=', 'completed')
        .orderBy('generation')
        .execute();
    for (const fact of events) await project(groupId, [fact]);
    const each = await keys();
    expect(each.map(({ generation, credential_id }) => [generation, credential_id])).toEqual([
      [1, 'cred_1'],
      [2, 'cred_2'],
      [3, 'cred_3'],
    ]);
  });

  test('a poison event is parked with its reason and the partition goes on', async () => {
    const { groupId, events } = placed(new GroupStory().created([{ a: 1 }]));
    const partition = partitionOf(groupId);
    const from = await checkpoints.open(partition, incarnation);
    const poison = [{ groupId, seq: events.at(-1)!.seq + 1, reason: 'unknown event type x', raw: 'a\0b' }];
    offset++;
    await projection.apply(partition, from, { events, poison, until: { seq: offset, fingerprint: null } });
    const parked = await db.selectFrom('read.parked_events').selectAll().where('group_id', '=', groupId).execute();
    expect(parked).toMatchObject([{ reason: 'unknown event type x', raw: 'ab' }]);
    expect((await reader.header(groupId))?.position.seq).toBe(offset);
  });

  test('a completion makes its jobs in the same transaction; a delivery ends the webhook job', async () => {
    const story = new GroupStory()
      .created([{ a: 1 }], { webhook_id: 'hook' })
      .bought([0])
      .reported(0, 'failed')
      .completed();
    const { groupId, events } = placed(story);
    await project(groupId, events);
    const jobs = () =>
      db
        .selectFrom('notify.jobs')
        .select(['kind', 'done_at', 'attempt'])
        .where('group_id', '=', groupId)
        .orderBy('kind')
        .execute();
    expect(await jobs()).toMatchObject([{ kind: 'completed' }, { kind: 'webhook', done_at: null, attempt: 0 }]);
    const delivered = {
      name: 'WebhookAttempted',
      data: { generation: 1, attempt: 1, status: 204, error: null, delivered: true, next_try_at: null },
      groupId,
      seq: ++offset,
      time: new Date().toISOString(),
      id: 'd',
    } as RecordedEvent;
    await project(groupId, [delivered]);
    expect((await jobs())[1]).toMatchObject({ kind: 'webhook', attempt: 1, done_at: expect.any(Date) });
  });

  test('a run is found by its id, and inputs keep the order of their keys and even a NUL', async () => {
    const input = { z: 1, a: 'nul \0 here', m: { y: 1, b: 2 } };
    const runId = `trun_${randomBytes(16).toString('hex')}`;
    const story = new GroupStory().created([input]).bought([0]);
    const { groupId, events } = placed(story);
    const bought = events.map((fact) =>
      fact.name === 'RunsAdded' ? { ...fact, data: { ...fact.data, runs: [{ key: '0.1', run_id: runId }] } } : fact,
    );
    await project(groupId, bought);
    const found = await reader.rowByRunId(runId);
    expect(found?.header.groupId).toBe(groupId);
    expect(JSON.stringify(found?.row.input)).toBe(JSON.stringify(input));
  });
});
