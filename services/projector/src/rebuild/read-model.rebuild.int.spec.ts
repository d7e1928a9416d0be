import { event } from '@multitask/contracts';
import { NotifyJobRepository } from '@multitask/read-model';
import { GroupStory } from '@multitask/testing';
import { sql } from 'kysely';
import { logger, newGroupId, ProjectorHouse } from '../testing/projector.house';
import { ReadModelRebuild, RebuildRefusedError } from './read-model.rebuild';

let house: ProjectorHouse;
beforeAll(async () => (house = await ProjectorHouse.open()));
afterAll(() => house.close());

const rebuild = (signal = new AbortController().signal) => {
  const parts = { log: house.log, db: house.db, logger, batchSize: 50, atOnce: 2, signal };
  return new ReadModelRebuild({ ...parts, onProgress: () => undefined });
};

const story = (rows = 3) => {
  const inputs = Array.from({ length: rows }, (_, n) => ({ n }));
  const told = new GroupStory(newGroupId()).created(inputs, { webhook_id: 'hook' });
  for (let row = 0; row < rows; row++) told.bought([row]).reported(row, 'running').completedRow(row, { row });
  return told;
};

const attempted = (delivered: boolean) =>
  event('WebhookAttempted', {
    ...{ generation: 1, attempt: 1, status: delivered ? 200 : 500, error: null, delivered },
    next_try_at: delivered ? null : '2030-01-01T00:00:00.000Z',
  });

const jobOf = (groupId: string) =>
  house.db
    .selectFrom('notify.jobs')
    .selectAll()
    .where('group_id', '=', groupId)
    .where('kind', '=', 'webhook')
    .executeTakeFirst();

describe('rebuilding the read model', () => {
  test('given readers and writers at work, then they see the old one or the new one, and nothing stands still', async () => {
    await house.start();
    const groups = Array.from({ length: 6 }, () => story(8).completed());
    for (const group of groups) await house.tell(group);
    for (const { groupId } of groups) await house.projected(groupId);
    const [wrong, lost] = groups as [GroupStory, GroupStory];
    await house.db.updateTable('read.rows').set({ status: 'failed' }).where('group_id', '=', wrong.groupId).execute();
    await house.db.deleteFrom('read.groups').where('id', '=', lost.groupId).execute();

    let stop = false;
    const seen: string[] = [];
    const reading = (async () => {
      const newest = new Map<string, number>();
      while (!stop)
        for (const { groupId } of groups.slice(2)) {
          const found = await house.reader.snapshot(groupId);
          if (!found) seen.push(`${groupId} vanished`);
          else if (found.view.rows.length !== found.view.rowCount) seen.push(`${groupId} has not all of its rows`);
          else if (found.position.seq < (newest.get(groupId) ?? 0)) seen.push(`${groupId} went back`);
          else newest.set(groupId, found.position.seq);
        }
    })();
    const writing = (async () => {
      const written: GroupStory[] = [];
      while (!stop) {
        written.push(story(2));
        await house.tell(written.at(-1)!);
      }
      return written;
    })();
    const report = await rebuild().run();
    stop = true;
    await reading;
    const written = await writing;

    expect(seen).toEqual([]);
    expect(written.length).toBeGreaterThan(0);
    for (const { groupId } of [...groups, ...written]) await house.projected(groupId);
    expect(report.comparison.differing).toBe(1 + 8);
    expect(report.comparison.differences.join()).toContain(lost.groupId);
    const again = await rebuild().run();
    expect(again.comparison).toMatchObject({ differing: 0, differences: [] });
    expect(again.comparison.rows).toBeGreaterThanOrEqual(6 * 8);
  });

  test('given one that was killed in the middle, then the next one begins anew and leaves nothing behind', async () => {
    const stopping = new AbortController();
    const killed = rebuild(stopping.signal);
    stopping.abort();
    await expect(killed.run()).rejects.toThrow();
    await rebuild().run();
    const { rows } = await sql<{ nspname: string }>`
      select nspname from pg_namespace where nspname in ('read_next', 'read_old', 'notify_next')`.execute(house.db);
    expect(rows).toEqual([]);
  });

  test('given jobs that were lost, then the log brings back what is still to be told, and nothing twice', async () => {
    const [delivered, failing, kept] = [story().completed(), story().completed(), story().completed()];
    delivered.record(attempted(true));
    failing.record(attempted(false));
    for (const group of [delivered, failing, kept]) await house.tell(group);
    for (const { groupId } of [delivered, failing, kept]) await house.projected(groupId);
    const before = await jobOf(kept.groupId);
    const [claimed] = await new NotifyJobRepository(house.db)
      .claim(['webhook'], new Date(), 100, { seconds: 60 })
      .then((jobs) => jobs.filter(({ groupId }) => groupId === kept.groupId));
    expect(claimed?.id).toBe(before!.id);
    for (const { groupId } of [delivered, failing])
      await house.db.deleteFrom('notify.jobs').where('group_id', '=', groupId).execute();
    await rebuild().run();
    expect(await jobOf(delivered.groupId)).toMatchObject({ attempt: 1, done_at: expect.any(Date) });
    expect(await jobOf(failing.groupId)).toMatchObject({ attempt: 1, done_at: null });
    // Whoever delivers it right now finds his job as he left it.
    expect(await jobOf(kept.groupId)).toMatchObject({ id: before!.id, claimed_until: expect.any(Date) });
  });

  test('given another rebuild, or a log that has to be repaired, then it is refused', async () => {
    // Which of the two gets the lock is chance.
    const outcomes = await Promise.allSettled([rebuild().run(), rebuild().run()]);
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    expect(refused).toEqual([expect.any(RebuildRefusedError)]);
    await house.stopProjectors();
    const group = story();
    await house.tell(group);
    await house.db.insertInto('log.repairs').values({ reason: 'a test', done_at: null, report: null }).execute();
    await expect(rebuild().run()).rejects.toThrow('repaired first');
    await house.db.deleteFrom('log.repairs').execute();
  });
});
