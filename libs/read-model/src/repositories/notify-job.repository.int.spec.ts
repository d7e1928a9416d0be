import { createTestDatabase, type TestDatabase } from '@multitask/testing';
import { randomBytes } from 'node:crypto';
import { openDatabase, type ReadModelDatabase } from '../database';
import type { NotifyJobKind } from '../tables/notify-job.table';
import { LeftoverRepository } from './leftover.repository';
import { NotifyJobRepository } from './notify-job.repository';

const noon = new Date('2026-11-21T12:00:00Z');
const later = (seconds: number) => new Date(noon.getTime() + seconds * 1_000);

describe('the notifier’s jobs', () => {
  let testDatabase: TestDatabase;
  let db: ReadModelDatabase;
  let jobs: NotifyJobRepository;
  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    db = openDatabase({ url: testDatabase.url, pool: 4, applicationName: 'test' });
    jobs = new NotifyJobRepository(db);
  });
  beforeEach(() => db.deleteFrom('notify.jobs').execute());
  afterAll(async () => {
    await db.destroy();
    await testDatabase.drop();
  });

  async function add(kind: NotifyJobKind, dueAt = noon, endpoint: string | null = null): Promise<number> {
    const group_id = `tgrp_${randomBytes(16).toString('hex')}`;
    const values = { kind, group_id, generation: 1, due_at: dueAt, endpoint };
    return (await db.insertInto('notify.jobs').values(values).returning('id').executeTakeFirstOrThrow()).id;
  }
  const claimed = async (now = noon, limit = 10, skipEndpoints: string[] = []) =>
    (await jobs.claim(['webhook'], now, limit, { seconds: 60, skipEndpoints })).map(({ id }) => id);
  const endClaims = () =>
    db
      .updateTable('notify.jobs')
      .set({ claimed_until: new Date(0) })
      .execute();

  it('are claimed when due, oldest first, by one claimant each', async () => {
    const ids = [await add('webhook', later(-1)), await add('webhook', noon), await add('webhook', later(1))];
    await add('purge');
    expect(await claimed(noon, 1)).toEqual([ids[0]]);
    const rounds = await Promise.all([claimed(), claimed(), claimed()]);
    expect(rounds.flat()).toEqual([ids[1]]);
    expect(await claimed(later(1))).toEqual([ids[2]]);
  });

  it('are anybody’s again when a claim was given back or ended unanswered', async () => {
    const id = await add('webhook');
    await claimed();
    await jobs.release(id);
    expect(await claimed()).toEqual([id]);
    await endClaims();
    expect(await claimed()).toEqual([id]);
  });

  it('wait while their receiver has enough to do, and delay no other', async () => {
    const [slow, fine, unknown] = [
      await add('webhook', noon, 'https://slow…'),
      await add('webhook', noon, 'https://fine…'),
      await add('webhook'),
    ];
    expect((await claimed(noon, 10, ['https://slow…'])).sort()).toEqual([fine, unknown]);
    expect(await claimed()).toEqual([slow]);
  });

  it('are rescheduled by an attempt, once, and ended by the last one', async () => {
    const id = await add('webhook');
    await claimed();
    await jobs.recordAttempt(id, 1, { startedAt: noon, nextTryAt: later(5), endpoint: 'https://a…' });
    expect(await claimed(later(4))).toEqual([]);
    const [job] = await jobs.claim(['webhook'], later(5), 1, { seconds: 60 });
    expect(job).toMatchObject({ id, attempt: 1, startedAt: noon, endpoint: 'https://a…' });
    await jobs.recordAttempt(id, 2, { startedAt: later(5), nextTryAt: null, endpoint: null });
    await jobs.recordAttempt(id, 1, { startedAt: later(5), nextTryAt: later(6), endpoint: null });
    expect(await claimed(later(1_000))).toEqual([]);
    const row = await db.selectFrom('notify.jobs').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    expect(row).toMatchObject({ attempt: 2, started_at: noon, endpoint: 'https://a…' });
  });

  it('start anew when a delivery is asked for again', async () => {
    const id = await add('webhook');
    await jobs.recordAttempt(id, 13, { startedAt: noon, nextTryAt: null, endpoint: null });
    const { group_id } = await db
      .selectFrom('notify.jobs')
      .select('group_id')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(await jobs.redeliver(group_id, 2, later(60))).toBe(false);
    expect(await jobs.redeliver(group_id, 1, later(60))).toBe(true);
    const [job] = await jobs.claim(['webhook'], later(60), 1, { seconds: 60 });
    expect(job).toMatchObject({ id, attempt: 0, startedAt: null });
  });

  it('are counted while they are due', async () => {
    await add('webhook', later(-3));
    await add('webhook', later(-1));
    await add('webhook', later(1));
    await jobs.finish(await add('purge'));
    expect(await jobs.backlog(noon)).toEqual([{ kind: 'webhook', due: 2, oldestDueAt: later(-3) }]);
  });
});

describe('what is left of a group', () => {
  let testDatabase: TestDatabase;
  let db: ReadModelDatabase;
  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    db = openDatabase({ url: testDatabase.url, pool: 2, applicationName: 'test' });
  });
  afterAll(async () => {
    await db.destroy();
    await testDatabase.drop();
  });

  it('is forgotten, except that the request was made', async () => {
    const groupId = `tgrp_${randomBytes(16).toString('hex')}`;
    const steps = { holder: 'h', credential_id: 'c', taskgroup_id: groupId, resolved: { title: 'canary' } };
    const answer = {
      url: 'u',
      taskgroup_id: groupId,
      warnings: ['canary'],
      output_schema: { description: 'canary\0' },
    };
    await db
      .insertInto('idempotency.requests')
      .values({
        id: 'r',
        body_hash: 'b',
        state: 'done',
        steps: JSON.stringify(steps),
        answer: JSON.stringify(answer),
        locked_until: null,
      })
      .execute();
    await db
      .insertInto('read.parked_events')
      .values({ partition: '00', seq: 1, group_id: groupId, reason: 'r', raw: 'canary' })
      .execute();
    await new LeftoverRepository(db).forgetTraces(groupId);
    const left = [
      ...(await db.selectFrom('idempotency.requests').selectAll().execute()),
      ...(await db.selectFrom('read.parked_events').selectAll().execute()),
    ];
    expect(JSON.stringify(left)).not.toContain('canary');
    expect(left).toMatchObject([{ id: 'r', state: 'done', answer: { url: 'u', taskgroup_id: groupId } }]);
  });

  it('keeps the secrets that a create under way names', async () => {
    const values = { body_hash: 'b', locked_until: null, answer: null };
    const steps = (id: string) =>
      JSON.stringify({ holder: 'h', credential_id: `${id}-1`, webhook_id: `${id}-2`, resolved: {} });
    await db
      .insertInto('idempotency.requests')
      .values([
        { ...values, id: 'open', state: 'in_progress', steps: steps('open') },
        { ...values, id: 'done', state: 'done', steps: steps('done'), answer: '{}' },
      ])
      .execute();
    const leftovers = new LeftoverRepository(db);
    const wanted = await leftovers.secretsOfOpenRequests(['open-1', 'open-2', 'done-1', 'other']);
    expect([...wanted].sort()).toEqual(['open-1', 'open-2']);
    expect(await leftovers.secretsOfOpenRequests([])).toEqual(new Set());
  });
});
