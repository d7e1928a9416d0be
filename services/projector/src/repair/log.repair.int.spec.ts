import { event, streamName } from '@multitask/contracts';
import type { JetStreamLog } from '@multitask/event-log';
import { eventually, GroupStory } from '@multitask/testing';
import { jetstreamManager } from '@nats-io/jetstream';
import { essenceOf, newGroupId, ProjectorHouse } from '../testing/projector.house';
import type { RepairReport } from './log.repair';

let house: ProjectorHouse;
beforeEach(async () => (house = await ProjectorHouse.open()));
afterEach(() => house.close());

const rows = [{ n: 0 }, { n: 1 }, { n: 2 }];

/** The report of the only repair there was. */
const repaired = () =>
  eventually(
    async () => {
      const [repair, ...more] = await house.db.selectFrom('log.repairs').selectAll().execute();
      expect(more).toEqual([]);
      return repair?.done_at ? (repair.report as RepairReport) : undefined;
    },
    { timeoutMs: 60_000 },
  );

/** Groups in all phases, some of what they are told only behind the copy. Answers how to restore it, and what must be kept. */
async function groupsAndCopy() {
  const [done, half, late] = [1, 2, 3].map(() => new GroupStory(newGroupId())) as [GroupStory, GroupStory, GroupStory];
  done.created(rows, { webhook_id: 'hook' }).bought([0, 1, 2]);
  for (const row of [0, 1, 2]) done.completedRow(row, { answer: row });
  half.created(rows, { webhook_id: 'hook' }).bought([0]).completedRow(0, { answer: 0 });
  const [toldOfDone, toldOfHalf] = [await house.tell(done), await house.tell(half)];
  await house.projected(half.groupId);
  const restore = await house.nats.copy();

  done.completed().record(
    event('WebhookAttempted', {
      ...{ generation: 1, attempt: 1, status: 200, error: null, delivered: true, next_try_at: null },
    }),
  );
  half.bought([1]).completedRow(1, { answer: 'x'.repeat(400_000) });
  late.created(rows).bought([0]).reported(0, 'running').cancelled();
  await house.tell(done, toldOfDone);
  await house.tell(half, toldOfHalf);
  await house.tell(late);
  const kept = new Map<string, ReturnType<typeof essenceOf>>();
  for (const { groupId } of [done, half, late]) kept.set(groupId, essenceOf(await house.projected(groupId)));
  return { done, half, late, kept, restore };
}

async function expectAllThere(kept: Awaited<ReturnType<typeof groupsAndCopy>>['kept']): Promise<void> {
  for (const [groupId, essence] of kept) expect(essenceOf(await house.projected(groupId))).toEqual(essence);
}

/** Since when nobody may buy these rows before the list was read. */
async function askedFor(groupId: string): Promise<string[]> {
  const { events } = await house.logged(groupId);
  const taken = events.findLastIndex(({ name }) => name === 'IngestStarted');
  return events.slice(taken).flatMap((e) => (e.name === 'RunsRequested' ? e.data.keys : []));
}

describe('a log that was set back to an older copy', () => {
  test('given a running projector, then everything it holds is in the log again, and nothing is bought unseen', async () => {
    await house.start();
    await house.start('two');
    const { half, late, done, kept, restore } = await groupsAndCopy();
    const before = await house.log.incarnation();
    const jobs = await house.db.selectFrom('notify.jobs').selectAll().orderBy('id').execute();

    await restore();
    const report = await repaired();

    await expectAllThere(kept);
    expect(report).toMatchObject({ lostGroups: [], lostMessages: [], losses: {}, restoredGroups: 3, distrusted: 2 });
    expect(await house.log.incarnation()).not.toBe(before);
    expect(await askedFor(half.groupId)).toEqual(['2.1']);
    expect(await askedFor(late.groupId)).toEqual(['1.1', '2.1']);
    expect(await askedFor(done.groupId)).toEqual([]);
    expect(await house.db.selectFrom('notify.jobs').selectAll().orderBy('id').execute()).toEqual(jobs);
    // And on it goes.
    await house.tell(late.completed(), late.events.length - 1);
    expect((await house.projected(late.groupId)).completedGeneration).toBe(1);
  });

  test('given a log that has grown past its old end before anybody looked, then it is noticed all the same', async () => {
    await house.start();
    const { kept, restore } = await groupsAndCopy();
    await house.stopProjectors();
    const { lastSeq } = await house.log.state();
    await restore();
    const other = new GroupStory(newGroupId()).created(rows);
    await house.tell(other);
    while ((await house.log.state()).lastSeq < lastSeq + 10) await house.tell(other.blocked(), other.events.length - 1);
    await house.start();
    await repaired();
    await expectAllThere(kept);
    await house.projected(other.groupId);
    expect(await askedFor(other.groupId)).toEqual(['0.1', '1.1', '2.1']);
  });

  test('given a stream that was deleted, then it is made again with all that was kept', async () => {
    await house.start();
    const { kept } = await groupsAndCopy();
    await (await jetstreamManager(house.connection)).streams.delete(streamName);
    await repaired();
    await expectAllThere(kept);
  });

  test('given a repair that is interrupted again and again, then it is repeated until it is done, once', async () => {
    await house.start();
    const { kept, restore } = await groupsAndCopy();
    await house.stopProjectors();
    await restore();
    for (let appends = 0; appends < 8; appends++)
      await house
        .repair(failingAfter(house.log, appends))
        .run(new AbortController().signal)
        .catch(() => undefined);
    await Promise.all([1, 2].map(() => house.repair().run(new AbortController().signal)));
    expect(await repaired()).toMatchObject({ losses: {} });
    for (const groupId of kept.keys()) {
      const { events } = await house.logged(groupId);
      expect(events.filter(({ name }) => name === 'GroupCreated')).toHaveLength(1);
    }
    await expectAllThere(kept);
  });

  test('given facts that nobody holds any more, then they are named', async () => {
    await house.start();
    const { restore, kept } = await groupsAndCopy();
    const gone = new GroupStory(newGroupId()).created(rows);
    // Seen at the end of the log, and never projected.
    await house.stopProjectors();
    await house.tell(gone);
    const [end] = (await house.log.partitionEnds()).sort((a, b) => b.seq - a.seq);
    const incarnation = await house.log.incarnation();
    await house.db.deleteFrom('log.witness').where('partition', '=', end!.partition).execute();
    await house.db
      .insertInto('log.witness')
      .values({ ...end!, incarnation })
      .execute();
    await house.db
      .insertInto('idempotency.requests')
      .values({
        ...{ id: 'r', body_hash: 'b', state: 'done' as const, answer: '{}', locked_until: null },
        steps: JSON.stringify({ holder: 'h', taskgroup_id: gone.groupId }),
      })
      .execute();
    await restore();
    await house.start();
    const report = await repaired();
    expect(report.lostGroups).toEqual([gone.groupId]);
    expect(report.lostMessages).toMatchObject([{ partition: end!.partition, until: end!.seq }]);
    await expectAllThere(kept);
  });
});

/** A process that dies after so many appends. */
function failingAfter(log: JetStreamLog, appends: number): JetStreamLog {
  let left = appends;
  return new Proxy(log, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      if (name !== 'append') return value.bind(target);
      return (...args: Parameters<JetStreamLog['append']>) => {
        if (left-- <= 0) throw new Error('killed');
        return target.append(...args);
      };
    },
  });
}
