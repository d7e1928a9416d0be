import { randomBytes } from 'node:crypto';
import { event } from '@multitask/contracts';
import { eventually } from '@multitask/testing';
import { SecretNotFoundError } from '@multitask/vault';
import { eventsOf, openHouse, tell, type House } from '../testing/notifier.house';
import { startedGroup } from '../testing/finished.group';

const hour = 3_600;
const chunk = (batch_id: string, first_row = 0) => event('RowsAccepted', { batch_id, first_row, inputs: ['canary'] });

describe('what nobody came back for', () => {
  let house: House;
  beforeEach(async () => {
    house = await openHouse();
    house.startProjector();
    // Everything in these tests is young by the wall clock; only there the sweep may take what was made this minute.
    jest.spyOn(Date, 'now').mockImplementation(() => performance.timeOrigin + performance.now() + 120_000);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await house.close();
  });

  const staged = () => house.db.selectFrom('read.staged_rows').select(['group_id', 'batch_id']).execute();

  it('rows that no command committed go after an hour, from log and table, and nothing else of their group', async () => {
    const orphan = `tgrp_${randomBytes(16).toString('hex')}`;
    await tell(house.log, orphan, [chunk('a'), chunk('a', 1)]);
    const { groupId } = await startedGroup(house);
    await tell(house.log, groupId, [chunk('b', 1)]);
    const before = await eventsOf(house.log, groupId);
    await eventually(async () => (await staged()).length === 3);
    await house.startNotifier();
    house.moveClock(hour - 300);
    await tell(house.log, orphan, [chunk('c')]);
    await eventually(async () => (await staged()).length === 4);
    house.moveClock(hour + 300);
    await eventually(async () => (await staged()).length === 0);
    expect(await eventsOf(house.log, orphan)).toEqual([]);
    expect(await eventsOf(house.log, groupId)).toEqual(before);
  });

  it('secrets of no group go after a day, unless a create under way still names them', async () => {
    const [forgotten, wanted] = [await house.vault.seal('webhook', 1), await house.vault.seal('webhook', 2)];
    const steps = JSON.stringify({ holder: 'h', credential_id: wanted });
    await house.db
      .insertInto('idempotency.requests')
      .values({ id: 'r', body_hash: 'b', state: 'in_progress', steps, answer: null, locked_until: null })
      .execute();
    await house.startNotifier();
    house.moveClock(25 * hour);
    await eventually(async () =>
      house.vault.open(forgotten, 'webhook').then(
        () => false,
        (error: unknown) => error instanceof SecretNotFoundError,
      ),
    );
    expect((await house.vault.open(wanted, 'webhook')).reveal()).toBe(2);
  });

  it('budgets of keys that were not used for an hour go, and no others', async () => {
    const ago = (minutes: number) => new Date(performance.timeOrigin + performance.now() - minutes * 60_000);
    await house.db
      .insertInto('pacing.budgets')
      .values([
        { fingerprint: 'idle', budget: 'reads', tat: ago(65) },
        { fingerprint: 'recent', budget: 'reads', tat: ago(55) },
        { fingerprint: 'queued', budget: 'runs', tat: ago(-55) },
      ])
      .execute();
    await house.startNotifier();
    const kept = () => house.db.selectFrom('pacing.budgets').select('fingerprint').orderBy('fingerprint').execute();
    await eventually(async () => (await kept()).every(({ fingerprint }) => fingerprint !== 'idle'));
    expect(await kept()).toEqual([{ fingerprint: 'queued' }, { fingerprint: 'recent' }]);
  });
});
