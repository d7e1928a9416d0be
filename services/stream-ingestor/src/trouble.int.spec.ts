import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { event, reportsIn, type RecordedEvent } from '@multitask/contracts';
import { eventually } from '@multitask/testing';
import { IngestRig } from './testing/ingest.rig';

const companies = (count: number) => Array.from({ length: count }, (_, i) => ({ company: `Company ${i}` }));
const named = (events: readonly RecordedEvent[], name: string) => events.filter((fact) => fact.name === name);
const hour = 3_600;

describe('a group where nothing moves', () => {
  let rig: IngestRig;
  let folder: string;
  let clock: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ingest-clock-'));
    clock = join(folder, 'offset');
  });
  beforeEach(async () => {
    await writeFile(clock, '0');
    rig = await IngestRig.open();
    await rig.startIngestor('one', { MULTITASK_TEST_CLOCK: clock });
  });
  afterEach(() => rig.close());
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const blocked = (groupId: string, tries = 1) =>
    eventually(async () => {
      const fact = named(await rig.eventsOf(groupId), 'GroupBlocked').at(-1);
      return fact?.name === 'GroupBlocked' && fact.data.tries >= tries
        ? { ...fact.data, waitMs: Date.parse(fact.data.next_try_at) - Date.parse(fact.time) }
        : undefined;
    });

  it('because there is no credit says so, tries again in time, and goes on', async () => {
    await rig.faults({ kind: 'respond', status: 402, message: 'no money', match: { endpoint: 'add_runs' } });
    const groupId = await rig.createGroup(companies(4));
    const first = await blocked(groupId);
    expect(first).toMatchObject({ reason: 'credit', message: 'no money', tries: 1 });
    expect(first.waitMs).toBeGreaterThan(50_000);
    await writeFile(clock, '70');
    const second = await blocked(groupId, 2);
    expect(second.waitMs - 70_000).toBeGreaterThan(100_000);
    await rig.faults();
    await writeFile(clock, '300');
    const events = await rig.completed(groupId);
    expect(named(events, 'GroupUnblocked')).toHaveLength(1);
    expect(await rig.boughtTwice(groupId)).toEqual([]);
  });

  it('buys what there is credit for', async () => {
    await rig.call('/_emulator/accounts', { method: 'PUT', body: { key: 'poor', credit_usd: 0.0151 } });
    const groupId = await rig.createGroup(companies(8), {}, 'poor');
    expect(await blocked(groupId)).toMatchObject({ reason: 'credit' });
    await eventually(async () => (await rig.ledger(groupId)).runs === 3);
  });

  it('because the key is refused goes on at once when another is presented', async () => {
    await rig.faults({ kind: 'respond', status: 401, match: { endpoint: ['add_runs', 'group_events', 'list_runs'] } });
    const groupId = await rig.createGroup(companies(3));
    expect(await blocked(groupId)).toMatchObject({ reason: 'key_refused' });
    await rig.faults();
    await rig.command(
      groupId,
      event('RetryRequested', { rows: [], generation: 2, credential_id: await rig.seal('emulator') }),
    );
    const events = await rig.completed(groupId);
    expect(events.at(-1)).toMatchObject({ data: { generation: 2, counts: { completed: 3 } } });
  });

  it('because its key is gone says so', async () => {
    const groupId = await rig.createGroup(companies(1), { credential_id: '00000000-0000-4000-8000-000000000000' });
    expect(await blocked(groupId)).toMatchObject({
      reason: 'key_refused',
      message: expect.stringMatching(/no longer kept/),
    });
  });

  it('is brought to its end after 72 hours, every row with the reason', async () => {
    await rig.faults({ kind: 'respond', status: 402, message: 'no money', match: { endpoint: 'add_runs' } });
    const groupId = await rig.createGroup(companies(3));
    await blocked(groupId);
    await writeFile(clock, String(73 * hour));
    const events = await rig.completed(groupId);
    expect(events.at(-1)).toMatchObject({ data: { counts: { rejected: 3 } } });
    expect(named(events, 'RunsRejected')[0]).toMatchObject({
      data: { runs: expect.arrayContaining([{ key: '0.1', code: 'credit_exhausted', message: 'no money' }]) },
    });
  });

  it('because runs never end, is brought to its end after 72 hours: heartbeats and strangers are no progress', async () => {
    await rig.faults(
      { kind: 'stall_runs', seconds: 86_400, times: 2 },
      { kind: 'foreign_runs', count: 3, metadata: { somebody: 'else' }, after_seconds: 1 },
      { kind: 'framing', pings_every_seconds: 0.05 },
    );
    const groupId = await rig.createGroup(companies(5));
    await eventually(async () => {
      const events = await rig.eventsOf(groupId);
      const told = named(events, 'GroupStatusChanged').at(-1);
      return told?.name === 'GroupStatusChanged' && told.data.counts.completed === 3 ? told : undefined;
    });
    expect(named(await rig.eventsOf(groupId), 'GroupBlocked')).toEqual([]);
    await writeFile(clock, String(71 * hour));
    // Looked at once a second; strangers go on meanwhile.
    await rig.call(`/v1/tasks/groups/${groupId}/runs`, {
      method: 'POST',
      body: { inputs: [{ input: 'a stranger', processor: 'lite' }] },
    });
    await eventually(async () => named(await rig.eventsOf(groupId), 'SurplusRunSeen').length >= 4);
    expect(named(await rig.eventsOf(groupId), 'GroupCompleted')).toEqual([]);
    await writeFile(clock, String(73 * hour));
    const events = await rig.completed(groupId);
    expect(events.at(-1)).toMatchObject({ data: { counts: { completed: 3, failed: 2 } } });
    const failed = events.flatMap(reportsIn).filter(({ run }) => run.status === 'failed');
    expect(failed).toHaveLength(2);
    expect(failed[0]!.run.error).toMatchObject({ code: 'upstream_failed', message: expect.stringMatching(/72 hours/) });
    expect(await rig.boughtTwice(groupId)).toEqual([]);
  });

  it('never lets its key into the log', async () => {
    const message = 'key canary-upstream-key has no money';
    await rig.faults({ kind: 'respond', status: 402, message, match: { endpoint: 'add_runs' } });
    const groupId = await rig.createGroup(companies(1), {}, 'canary-upstream-key');
    expect(await blocked(groupId)).toMatchObject({ message: 'key [key] has no money' });
    expect(JSON.stringify(await rig.eventsOf(groupId))).not.toContain('canary-upstream-key');
  });
});
