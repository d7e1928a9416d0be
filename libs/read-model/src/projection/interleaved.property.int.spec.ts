import { event, partitionOf, type GroupEvent, type RecordedEvent } from '@multitask/contracts';
import { applyToView, emptyFold } from '@multitask/task-group';
import { createTestDatabase, GroupStory, groupStories, type TestDatabase } from '@multitask/testing';
import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { openDatabase, type ReadModelDatabase } from '../database';
import { CheckpointRepository } from '../repositories/checkpoint.repository';
import { PostgresGroupReader } from '../repositories/postgres.group.reader';
import { PartitionProjection } from './partition.projection';

const partition = '07';
const incarnation = 'first';

/** What may come at any place of a log, whether it can follow there or not. */
const stray: fc.Arbitrary<GroupEvent> = fc.oneof(
  fc.constantFrom(
    event('GroupExpired', { reason: 'ttl', expired_at: '2026-12-01T00:00:00.000Z' }),
    event('DeleteRequested', { generation: 1 }),
    event('GroupUnblocked', {}),
    event('SurplusRunSeen', { run_id: 'trun_x', reason: 'foreign' }),
    event('IngestStarted', { holder: 'h', lease_revision: 1 }),
    event('WebhookGaveUp', { generation: 1, attempts: 9, reason: 'gone' }),
    event('GroupCompleted', { generation: 2, counts: {} }),
    event('RetryRequested', { rows: [0, 0, -1, 3_000_000_000], generation: 2, credential_id: 'c2' }),
    event('InputsAppended', { batch_id: 'batch_1', first_row: 0, row_count: 1, generation: 2, credential_id: 'c2' }),
    event('InputsAppended', { batch_id: 'batch_2', first_row: 0, row_count: 1, generation: 9, credential_id: 'c2' }),
    event('RowsAccepted', { batch_id: 'batch_2', first_row: 1, inputs: ['late', 'chunk'] }),
    event('RunsAdded', {
      batch: 2,
      runs: [
        { key: '999999999.1', run_id: 'trun_y' },
        { key: 'nonsense', run_id: 'z' },
      ],
    }),
  ),
  fc
    .record({ delivered: fc.boolean(), generation: fc.constantFrom(1, 2), attempt: fc.integer({ min: 1, max: 3 }) })
    .map((facts) =>
      event('WebhookAttempted', { ...facts, status: 200, error: null, next_try_at: '2026-11-22T00:00:00.000Z' }),
    ),
);

/** A group's life in which strays are put at random places and single events come twice. */
const lives = fc
  .tuple(groupStories, fc.array(fc.record({ at: fc.nat(40), what: fc.option(stray, { freq: 3 }) }), { maxLength: 6 }))
  .map(([story, additions]) => {
    const events: GroupEvent[] = story.events.map(({ name, data }) => ({ name, data }) as GroupEvent);
    for (const { at, what } of additions) {
      const place = at % (events.length + 1);
      events.splice(place, 0, what ?? events[Math.min(place, events.length - 1)]!);
    }
    return events;
  });

describe('projecting groups whose events come mixed', () => {
  let testDatabase: TestDatabase;
  let db: ReadModelDatabase;
  let seq = 0;

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    db = openDatabase({ url: testDatabase.url, pool: 3, applicationName: 'test' });
  });
  afterAll(async () => {
    await db.destroy();
    await testDatabase.drop();
  });

  test('the tables hold, for each of them, what a fold of its log gives', async () => {
    const [projection, reader, checkpoints] = [
      new PartitionProjection(db),
      new PostgresGroupReader(db),
      new CheckpointRepository(db),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(lives, { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.nat(3)),
        fc.infiniteStream(fc.integer({ min: 1, max: 25 })),
        async (groups, turns, sizes) => {
          const ids = groups.map(() => newGroupId());
          const log = mixed(groups, turns).map(({ group, fact }): RecordedEvent => {
            seq++;
            const time = new Date(Date.UTC(2026, 10, 21) + seq * 1_000).toISOString();
            return { ...fact, groupId: ids[group]!, seq, time, id: String(seq) } as RecordedEvent;
          });
          for (let at = 0; at < log.length;) {
            const events = log.slice(at, (at += sizes.next().value));
            const until = { seq: events.at(-1)!.seq, fingerprint: null };
            await projection.apply(partition, await checkpoints.open(partition, incarnation), {
              events,
              poison: [],
              until,
            });
          }
          for (const groupId of ids) {
            const own = log.filter((each) => each.groupId === groupId);
            const folded = own.reduce(applyToView, emptyFold(groupId)).view;
            expect((await reader.snapshot(groupId))?.view).toEqual(folded);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('an expired group leaves no row, staged or not, no specification and no job but its purge', async () => {
    const groupId = newGroupId();
    const spec = { processor: 'lite', output: { type: 'auto' as const }, ttl_days: 30, title: 'confidential' };
    const story = new GroupStory(groupId)
      .created([{ secret: 'confidential' }], { spec, webhook_id: 'hook' })
      .bought([0])
      .completedRow(0, { answer: 'confidential' })
      .completed();
    story.record(event('RowsAccepted', { batch_id: 'never', first_row: 1, inputs: ['confidential'] })).expired();
    const events = story.events.map((each) => ({ ...each, seq: each.seq + seq }) as RecordedEvent);
    seq = events.at(-1)!.seq;
    const from = await new CheckpointRepository(db).open(partition, incarnation);
    for (const batch of [events.slice(0, -1), events.slice(-1)]) {
      const until = { seq: batch.at(-1)!.seq, fingerprint: null };
      const position = await new CheckpointRepository(db).open(partition, from.incarnation);
      await new PartitionProjection(db).apply(partition, position, { events: batch, poison: [], until });
    }
    for (const table of ['read.groups', 'read.rows', 'read.staged_rows', 'notify.jobs'] as const) {
      const rows = await db
        .selectFrom(table)
        .selectAll()
        .where(table === 'read.groups' ? 'id' : 'group_id', '=', groupId)
        .execute();
      expect(JSON.stringify(rows)).not.toContain('confidential');
    }
    const jobs = await db.selectFrom('notify.jobs').select('kind').where('group_id', '=', groupId).execute();
    expect(jobs).toEqual([{ kind: 'purge' }]);
    const expired = await new PostgresGroupReader(db).snapshot(groupId);
    expect(expired?.view.expiredAt).toBe('2026-11-21T12:00:00.000Z');
    expect(expired?.view.ownerFingerprint).toBe('owner');
  });
});

function newGroupId(): string {
  for (;;) {
    const id = `tgrp_${randomBytes(16).toString('hex')}`;
    if (partitionOf(id) === partition) return id;
  }
}

/** Merges the groups' events, keeping the order within each. */
function mixed(groups: readonly GroupEvent[][], turns: Iterator<number>): { group: number; fact: GroupEvent }[] {
  const left = groups.map((events) => [...events]);
  const log: { group: number; fact: GroupEvent }[] = [];
  while (left.some((events) => events.length > 0)) {
    const group = turns.next().value % groups.length;
    const turn = left[group]!.length > 0 ? group : left.findIndex((events) => events.length > 0);
    log.push({ group: turn, fact: left[turn]!.shift()! });
  }
  return log;
}
