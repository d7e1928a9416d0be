import { event } from '@multitask/contracts';
import { eventually } from '@multitask/testing';
import { SecretNotFoundError } from '@multitask/vault';
import { sql } from 'kysely';
import { eventsOf, notifyEventsOf, openHouse, tell, type House } from '../testing/notifier.house';
import { finish, finishedGroup, startedGroup } from '../testing/finished.group';

const day = 86_400;
/** Long enough to be cut into parts. */
const longCanary = `canary${'x'.repeat(600_000)}canary`;

describe('the end of a group', () => {
  let house: House;
  beforeEach(async () => {
    house = await openHouse();
    house.startProjector();
  });
  afterEach(() => house.close());

  const header = async (groupId: string) =>
    (await house.db.selectFrom('read.groups').select('header').where('id', '=', groupId).executeTakeFirst())?.header;
  const isProjected = (groupId: string) => eventually(async () => (await header(groupId))?.completedGeneration === 1);
  const isPurged = (groupId: string) =>
    eventually(async () => {
      const events = await eventsOf(house.log, groupId);
      expect(events.map(({ name }) => name)).toEqual(['GroupExpired']);
      return (await house.log.lastSeq(groupId, 'part')) === 0;
    });

  /** Every row of every table as text. */
  async function everyRow(): Promise<string> {
    const tables = await sql<{ name: string }>`
      select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_schema in ('read', 'notify', 'vault', 'idempotency', 'pacing')`.execute(house.db);
    const texts: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await sql<{ text: string }>`select t::text as text from ${sql.raw(name)} t`.execute(house.db);
      texts.push(...rows.map(({ text }) => text));
    }
    return texts.join('\n');
  }

  it('comes after its time to live, and then no store says anything of what was in it', async () => {
    const wish = { input: longCanary, output: 'canary', apiKey: 'canary', hook: 'https://canary.example/' };
    const spec = { title: 'canary', processor: 'lite', output: { type: 'auto' as const }, ttl_days: 30 };
    const { groupId, credential_id, webhook_id } = await finishedGroup(house, { ...wish, created: { spec } });
    await isProjected(groupId);
    const answer = JSON.stringify({ taskgroup_id: groupId, title: 'canary', warnings: [], output_schema: null });
    const steps = JSON.stringify({ holder: 'h', credential_id, taskgroup_id: groupId });
    await house.db
      .insertInto('idempotency.requests')
      .values({ id: 'r', body_hash: 'b', state: 'done', steps, answer, locked_until: null })
      .execute();
    await house.startNotifier();

    house.moveClock(29 * day);
    const other = await finishedGroup(house);
    await isProjected(other.groupId);
    expect(await everyRow()).toContain('canary');

    house.moveClock(30 * day + 60);
    await isPurged(groupId);
    await eventually(async () => !(await everyRow()).includes('canary'));
    for (const id of [credential_id, webhook_id!])
      await expect(house.vault.open(id, 'webhook')).rejects.toBeInstanceOf(SecretNotFoundError);
    expect(await header(groupId)).toMatchObject({ expiredAt: expect.any(String), rowCount: 0 });
    const [tombstone] = await notifyEventsOf(house.log, groupId);
    expect(tombstone).toMatchObject({ data: { reason: 'ttl' } });
  });

  it('comes at its longest lifetime although it never finished', async () => {
    const { groupId } = await startedGroup(house);
    await eventually(async () => header(groupId));
    await house.startNotifier();
    house.moveClock(63 * day);
    await isPurged(groupId);
    expect((await notifyEventsOf(house.log, groupId))[0]).toMatchObject({ data: { reason: 'lifetime' } });
  });

  it('comes at once when its owner wants it, and rows left uncommitted do not hold it up', async () => {
    const { groupId } = await startedGroup(house);
    await house.startNotifier();
    const chunk = event('RowsAccepted', { batch_id: 'never', first_row: 1, inputs: ['canary'] });
    await tell(house.log, groupId, [chunk, event('DeleteRequested', { generation: 1 }), chunk]);
    await isPurged(groupId);
    expect((await notifyEventsOf(house.log, groupId))[0]).toMatchObject({ data: { reason: 'deleted' } });
    expect(await everyRow()).not.toContain('canary');
  });

  it('leaves nothing of a holder that wrote on behind the tombstone', async () => {
    const group = await startedGroup(house);
    await eventually(async () => header(group.groupId));
    const expired = event('GroupExpired', { reason: 'ttl', expired_at: new Date().toISOString() });
    await tell(house.log, group.groupId, [expired]);
    await finish(house, group, 'canary');
    await house.startNotifier();
    await isPurged(group.groupId);
    const jobs = () => house.db.selectFrom('notify.jobs').select('id').where('done_at', 'is', null).execute();
    await eventually(async () => (await jobs()).length === 0);
    expect(await everyRow()).not.toContain('canary');
  });

  it('is followed a year later by the end of its row', async () => {
    const { groupId } = await finishedGroup(house);
    await isProjected(groupId);
    await house.startNotifier();
    house.moveClock(31 * day);
    await eventually(async () => (await header(groupId))?.expiredAt);
    house.moveClock(31 * day + 364 * day);
    // A job that a sweep takes only at that time, and after the tombstones: when it is gone, the row had its chance to go.
    const done_at = new Date(Date.now() + (31 + 364 - 8) * day * 1_000);
    const sentinel = { kind: 'purge' as const, group_id: 'sentinel', generation: 0, due_at: done_at, done_at };
    await house.db.insertInto('notify.jobs').values(sentinel).execute();
    await eventually(async () => {
      const left = await house.db.selectFrom('notify.jobs').select('id').where('group_id', '=', 'sentinel').execute();
      return left.length === 0;
    });
    expect(await header(groupId)).toBeDefined();
    house.moveClock(31 * day + 366 * day);
    await eventually(async () => (await header(groupId)) === undefined);
  });
});

describe('keys', () => {
  let house: House;
  beforeEach(async () => {
    house = await openHouse();
    house.startProjector();
    await house.startNotifier();
  });
  afterEach(() => house.close());
  const isGone = (id: string) =>
    eventually(async () =>
      house.vault.open(id, 'upstream-key').then(
        () => false,
        (error: unknown) => error instanceof SecretNotFoundError,
      ),
    );

  it('are destroyed when their generation is complete, with or without a webhook; what later ones need stays', async () => {
    const group = await startedGroup(house);
    await eventually(async () => (await house.db.selectFrom('read.groups').select('id').execute()).length > 0);
    expect((await house.vault.open(group.credential_id, 'upstream-key')).reveal()).toBe('test-key');
    await finish(house, group);
    await isGone(group.credential_id);
    expect((await house.vault.open(group.mcp_servers_id, 'mcp-servers')).reveal()).toHaveLength(1);
  });

  it('of the next generation stay until that is complete', async () => {
    const group = await finishedGroup(house);
    const next = await house.vault.seal('upstream-key', 'next', { subject: group.groupId });
    const story = group.story;
    const before = story.events.length;
    story.retried(0);
    const retried = { ...story.events.at(-1)!, data: { rows: [0], generation: 2, credential_id: next } };
    await tell(house.log, group.groupId, [retried as never]);
    await isGone(group.credential_id);
    expect((await house.vault.open(next, 'upstream-key')).reveal()).toBe('next');
    story.completed();
    await tell(house.log, group.groupId, story.events.slice(before + 1));
    await isGone(next);
  });
});
