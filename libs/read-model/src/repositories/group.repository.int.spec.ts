import { event, partitionOf, type RecordedEvent } from '@multitask/contracts';
import { createTestDatabase, GroupStory, type TestDatabase } from '@multitask/testing';
import { randomBytes } from 'node:crypto';
import { openDatabase, type ReadModelDatabase } from '../database';
import { PartitionProjection } from '../projection/partition.projection';
import { CheckpointRepository } from './checkpoint.repository';
import { GroupRepository } from './group.repository';
import { PostgresGroupReader } from './postgres.group.reader';

const dayMs = 86_400_000;
const start = Date.UTC(2026, 10, 21, 12);
const daysLater = (days: number) => new Date(start + days * dayMs + 60_000);

let testDatabase: TestDatabase;
let db: ReadModelDatabase;
let groups: GroupRepository;
let reader: PostgresGroupReader;
let seq = 0;

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  db = openDatabase({ url: testDatabase.url, pool: 3, applicationName: 'test' });
  groups = new GroupRepository(db);
  reader = new PostgresGroupReader(db);
});
afterEach(async () => {
  await db.destroy();
  await testDatabase.drop();
});

const newStory = (at = start) => new GroupStory(`tgrp_${randomBytes(16).toString('hex')}`, at);

/** Projects the story as the next part of the log. */
async function project(story: GroupStory): Promise<string> {
  const partition = partitionOf(story.groupId);
  const events = story.events.map((each) => ({ ...each, seq: each.seq + seq }) as RecordedEvent);
  seq = events.at(-1)!.seq;
  const from = await new CheckpointRepository(db).open(partition, 'first');
  await new PartitionProjection(db).apply(partition, from, { events, poison: [], until: { seq, fingerprint: 'f' } });
  return story.groupId;
}

describe('open groups', () => {
  it('are those whose newest generation is not complete, oldest first', async () => {
    const young = await project(newStory(start + 1_000_000).created([{ a: 1 }]));
    const old = await project(newStory().created([{ a: 1 }, { a: 2 }]));
    await project(
      newStory()
        .created([{ a: 1 }])
        .rejected(0)
        .completed(),
    );
    await project(
      newStory()
        .created([{ a: 1 }])
        .expired(),
    );
    const again = await project(
      newStory(start + 2_000_000)
        .created([{ a: 1 }])
        .rejected(0)
        .completed()
        .retried(0),
    );
    const open = await groups.openGroups(10);
    expect(open.map(({ groupId }) => groupId)).toEqual([old, young, again]);
    expect(open[0]).toMatchObject({ partition: partitionOf(old), rowCount: 2 });
    const [first] = await groups.openGroups(1);
    expect(first!.groupId).toBe(old);
    const rest = await groups.openGroups(10, first);
    expect(rest.map(({ groupId }) => groupId)).toEqual([young, again]);
  });
});

describe('the groups of an owner', () => {
  it('are listed newest first, page by page, with their specification', async () => {
    const spec = {
      processor: 'lite',
      output: { type: 'text' as const, description: 'a poem' },
      ttl_days: 30,
      title: 'T',
    };
    const mine: string[] = [];
    for (let i = 0; i < 5; i++)
      mine.unshift(
        await project(newStory(start + Math.floor(i / 2) * 1_000).created([{ i }], { owner_fingerprint: 'me', spec })),
      );
    await project(newStory().created([{ a: 1 }], { owner_fingerprint: 'you' }));
    await project(
      newStory()
        .created([{ a: 1 }], { owner_fingerprint: 'me' })
        .expired(),
    );
    const seen: string[] = [];
    for (;;) {
      const last = seen.at(-1);
      const cursor = last
        ? { createdAt: new Date((await reader.header(last))!.header.createdAt), groupId: last }
        : undefined;
      const page = await groups.groupsByOwner('me', 2, cursor);
      if (page.length === 0) break;
      seen.push(...page.map(({ groupId }) => groupId));
      expect(page[0]!.spec).toEqual(spec);
    }
    expect([...seen].sort()).toEqual([...mine].sort());
    expect(seen[0]).toBe(mine[0]);
  });
});

describe('groups to expire', () => {
  it('are those completed longer ago than their time to live', async () => {
    const done = await project(
      newStory()
        .created([{ a: 1 }])
        .rejected(0)
        .completed(),
    );
    expect(await groups.groupsToExpire(daysLater(29), 10)).toEqual([]);
    expect(await groups.groupsToExpire(daysLater(30), 10)).toEqual([{ groupId: done, reason: 'ttl' }]);
  });

  it('are those never completed at the end of the longest lifetime', async () => {
    const stuck = await project(newStory().created([{ a: 1 }]));
    expect(await groups.groupsToExpire(daysLater(62), 10)).toEqual([]);
    expect(await groups.groupsToExpire(daysLater(63), 10)).toEqual([{ groupId: stuck, reason: 'lifetime' }]);
  });

  it('are named once, and their tombstones are forgotten after a year', async () => {
    const gone = await project(
      newStory()
        .created([{ a: 1 }])
        .rejected(0)
        .completed()
        .expired(),
    );
    expect(await groups.groupsToExpire(daysLater(99), 10)).toEqual([]);
    expect(await groups.forgetTombstones(new Date(start - 1))).toBe(0);
    expect((await reader.header(gone))?.header.expiredAt).not.toBeNull();
    expect(await groups.forgetTombstones(daysLater(0))).toBe(1);
    expect(await reader.header(gone)).toBeUndefined();
  });
});

describe('batches of rows that nothing has committed', () => {
  it('are found when their last chunk is old, and forgotten', async () => {
    const left = newStory();
    for (const first_row of [0, 1]) left.record(event('RowsAccepted', { batch_id: 'lost', first_row, inputs: ['x'] }));
    const groupId = await project(left);
    const lastSeq = seq;
    await project(newStory().created([{ a: 1 }]));
    expect(await groups.staleStagedBatches(new Date(start), 10)).toEqual([]);
    expect(await groups.staleStagedBatches(daysLater(0), 10)).toEqual([{ groupId, batchId: 'lost', lastSeq }]);
    await groups.forgetStagedBatch(groupId, 'lost');
    expect(await groups.staleStagedBatches(daysLater(0), 10)).toEqual([]);
  });
});

describe('reading a group', () => {
  it('gives pages with the header of the same instant', async () => {
    const groupId = await project(newStory().created(Array.from({ length: 25 }, (_, i) => ({ i }))));
    const page = await reader.page(groupId, 10, 5);
    expect(page!.view.rows.map(({ row }) => row)).toEqual([10, 11, 12, 13, 14]);
    expect(page!.view.rowCount).toBe(25);
    expect((await reader.page(groupId, 24, 5))!.view.rows).toHaveLength(1);
    expect((await reader.page(groupId, 25, 5))!.view.rows).toEqual([]);
    expect(await reader.page('tgrp_unknown', 0, 5)).toBeUndefined();
  });

  it('says how far the partition of a group has come, also for a group it has not seen', async () => {
    const groupId = await project(newStory().created([{ a: 1 }]));
    expect(await reader.position(groupId)).toEqual({ incarnation: 'first', seq });
    expect(await reader.snapshot(`tgrp_${'0'.repeat(32)}`)).toBeUndefined();
  });

  it('finds a row by the run that was bought for it', async () => {
    const story = newStory()
      .created([{ a: 1 }, { a: 2 }])
      .bought([0, 1]);
    const groupId = await project(story);
    const found = await reader.rowByRunId(story.runId(1));
    expect(found).toMatchObject({ header: { groupId }, row: { row: 1, input: { a: 2 } } });
    expect(await reader.rowByRunId('trun_unknown')).toBeUndefined();
  });
});
