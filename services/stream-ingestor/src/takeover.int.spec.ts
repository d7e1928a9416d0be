import { event, type RecordedEvent } from '@multitask/contracts';
import { eventually } from '@multitask/testing';
import { createLogger, Metrics } from '@multitask/platform';
import { defaultPolicy } from '@multitask/task-group';
import { GroupSession } from './group/group.session';
import { IngestMetrics } from './ingest.metrics';
import { IngestRig, type RunningIngestor } from './testing/ingest.rig';

const companies = (count: number) => Array.from({ length: count }, (_, i) => ({ company: `Company ${i}` }));
const named = (events: readonly RecordedEvent[], name: string) => events.filter((fact) => fact.name === name);
const holders = (events: readonly RecordedEvent[]) =>
  events.flatMap((fact) => (fact.name === 'IngestStarted' ? [fact.data.holder] : []));

describe('several ingestors', () => {
  let rig: IngestRig;
  beforeEach(async () => (rig = await IngestRig.open({ EMULATOR_SPEED: '120' })));
  afterEach(() => rig.close());

  /** Rows after the first so many end only when told to: what a test does before that comes in the middle of the group. */
  const stallAfter = (skip: number) => rig.faults({ kind: 'stall_runs', seconds: 3_600, skip });
  const letEnd = async () => {
    await rig.faults();
    await rig.call('/_emulator/clock', { method: 'PUT', body: { advance_seconds: 3_600 } });
  };

  async function expectWhole(groupId: string, rows: number) {
    const events = await rig.completed(groupId, { timeoutMs: 60_000 });
    expect(await rig.boughtTwice(groupId)).toEqual([]);
    const ends = named(events, 'RunUpdated').filter(
      (fact) => fact.name === 'RunUpdated' && fact.data.run.status === 'completed',
    );
    expect(ends).toHaveLength(rows);
    return events;
  }

  /** Leases here end after seconds: on a busy machine a holder may have taken its own group anew. */
  const expectTakenOver = (events: readonly RecordedEvent[]) =>
    expect(holders(events).filter((name, i, all) => name !== all[i - 1])).toEqual(['one', 'two']);

  const seesOthers = async ({ metrics }: RunningIngestor) =>
    /ingest_other_replicas\{[^}]*\} 1/.test(await metrics.registry.metrics());

  it('share groups, and each group has one holder', async () => {
    // Longer than any hiccup: who loses a lease takes its groups over anew.
    for (const name of ['one', 'two']) await rig.startIngestor(name, { LEASE_SECONDS: '60' });
    const groups = await Promise.all(Array.from({ length: 6 }, () => rig.createGroup(companies(3))));
    for (const groupId of groups) {
      const events = await expectWhole(groupId, 3);
      expect(holders(events)).toHaveLength(1);
      expect((await rig.ledger(groupId)).streams.max_concurrent).toBe(1);
    }
  });

  it('a group whose holder is killed in the middle goes on with another', async () => {
    await stallAfter(100);
    const one = await rig.startIngestor('one', { INGEST_ROWS_PER_BATCH: '50', LEASE_SECONDS: '3' });
    const groupId = await rig.createGroup(companies(200));
    await eventually(async () => named(await rig.eventsOf(groupId), 'RunUpdated').length > 20);
    await rig.project(groupId);
    await one.crash();
    await rig.startIngestor('two');
    await letEnd();
    expectTakenOver(await expectWhole(groupId, 200));
  });

  it('a group whose holder is killed between asking and knowing is not bought again', async () => {
    await rig.faults({ kind: 'hang', when: 'after', times: 1, match: { endpoint: 'add_runs' } });
    const one = await rig.startIngestor('one', {
      LEASE_SECONDS: '5',
      INGEST_POST_ABORT_SECONDS: '30',
      INGEST_REQUEST_AGAIN_SECONDS: '60',
    });
    const groupId = await rig.createGroup(companies(10));
    await eventually(async () => (await rig.ledger(groupId)).runs === 10);
    await rig.project(groupId);
    await one.crash();
    expect(named(await rig.eventsOf(groupId), 'RunsAdded')).toEqual([]);
    await rig.startIngestor('two');
    const events = await expectWhole(groupId, 10);
    expect(named(events, 'RunsRequested')).toHaveLength(1);
  });

  it('a group is taken over at the word to stop, by one that does not look for work in that time', async () => {
    await stallAfter(20);
    const one = await rig.startIngestor('one', { LEASE_SECONDS: '60' });
    const groupId = await rig.createGroup(companies(40));
    await eventually(async () => named(await rig.eventsOf(groupId), 'RunUpdated').length > 0);
    await rig.startIngestor('two', { INGEST_SCAN_SECONDS: '600' });
    await one.stop();
    // The lease would end later than this, and the next look is ten minutes away.
    await eventually(async () => named(await rig.eventsOf(groupId), 'IngestStarted')[1], { timeoutMs: 45_000 });
    await letEnd();
    expect(holders(await expectWhole(groupId, 40))).toEqual(['one', 'two']);
  });

  it('groups of one that died are taken over when its leases end, however seldom work is looked for', async () => {
    await stallAfter(20);
    const one = await rig.startIngestor('one', { LEASE_SECONDS: '3' });
    const groupId = await rig.createGroup(companies(40));
    await eventually(async () => named(await rig.eventsOf(groupId), 'RunUpdated').length > 0);
    await rig.project(groupId);
    const two = await rig.startIngestor('two', { LEASE_SECONDS: '3', INGEST_SCAN_SECONDS: '600' });
    await eventually(() => seesOthers(two));
    await one.crash();
    await eventually(async () => holders(await rig.eventsOf(groupId)).includes('two'), { timeoutMs: 60_000 });
    await letEnd();
    expectTakenOver(await expectWhole(groupId, 40));
  });

  it('one that has just come gets most of what is new, as long as the others have more to do', async () => {
    await stallAfter(0);
    const one = await rig.startIngestor('one', { LEASE_SECONDS: '60' });
    for (let i = 0; i < 24; i++) await rig.createGroup(companies(1));
    const held = async (store: typeof one) => [...(await store.resources.leases.holders('ingest')).values()];
    await eventually(async () => (await held(one)).length === 24);
    await rig.startIngestor('two', { LEASE_SECONDS: '60' });
    await eventually(() => seesOthers(one));
    for (let i = 0; i < 8; i++) await rig.createGroup(companies(1));
    await eventually(async () => (await held(one)).length === 32);
    // It has half a second's advantage; without, each gets about four.
    expect((await held(one)).filter((name) => name === 'two').length).toBeGreaterThanOrEqual(5);
  });

  it('a restarted one takes its own groups back at once', async () => {
    await stallAfter(20);
    const one = await rig.startIngestor('one', { LEASE_SECONDS: '60' });
    const groupId = await rig.createGroup(companies(40));
    await eventually(async () => named(await rig.eventsOf(groupId), 'RunUpdated').length > 0);
    await rig.project(groupId);
    await one.crash();
    await rig.startIngestor('one', { LEASE_SECONDS: '60' });
    // Whoever waited for the end of the lease would not be here yet.
    await eventually(async () => named(await rig.eventsOf(groupId), 'IngestStarted')[1], { timeoutMs: 45_000 });
    await letEnd();
    expect(holders(await expectWhole(groupId, 40))).toEqual(['one', 'one']);
  });

  it('survive the log and go on when it is back', async () => {
    await rig.startIngestor('one');
    await stallAfter(0);
    const groupId = await rig.createGroup(companies(20));
    await eventually(async () => named(await rig.eventsOf(groupId), 'RunsAdded').length > 0);
    await rig.nats.kill();
    await rig.nats.restart();
    await rig.project(groupId);
    await letEnd();
    await expectWhole(groupId, 20);
  });
});

describe('a holder that was frozen while another took over', () => {
  let rig: IngestRig;
  beforeAll(async () => (rig = await IngestRig.open()));
  afterAll(() => rig.close());

  const take = async (groupId: string, holder: string) => {
    const logger = createLogger('frozen', { level: 'silent', format: 'json' });
    const metrics = new IngestMetrics(new Metrics('frozen', { processMetrics: false }));
    const lease = { revision: 1, lost: new AbortController().signal };
    const tools = { log: rig.log, policy: defaultPolicy, metrics, logger };
    return (await GroupSession.takeOver(groupId, holder, lease, tools))!;
  };
  const request = () => [event('RunsRequested', { batch: 1, keys: ['0.1'], deadline: new Date().toISOString() })];

  it.each(['writer', 'group'] as const)('has its appends refused (%s fence), and knows why', async (fence) => {
    const groupId = await rig.createGroup(companies(2));
    const frozen = await take(groupId, 'frozen');
    const next = await take(groupId, 'next');
    await next.commit(request, 'group');
    await expect(frozen.commit(request, fence)).rejects.toThrow('taken over by next');
    expect(frozen.over.aborted).toBe(true);
    await expect(frozen.commit(request, fence)).rejects.toThrow();
    expect(named(await rig.eventsOf(groupId), 'RunsRequested')).toHaveLength(1);
  });

  it('buys nothing that a command has forbidden meanwhile', async () => {
    const groupId = await rig.createGroup(companies(2));
    const session = await take(groupId, 'one');
    await rig.command(groupId, event('CancelRequested', { generation: 1 }));
    await session.commit((state) => (state.header!.cancelled ? [] : request()), 'group');
    expect(named(await rig.eventsOf(groupId), 'RunsRequested')).toEqual([]);
  });

  it('never decides by a clock that runs ahead of the log', async () => {
    const groupId = await rig.createGroup(companies(1));
    const session = await take(groupId, 'one');
    const before = session.logNow();
    await session.commit(request, 'group');
    const stored = (await rig.eventsOf(groupId)).findLast((fact) => fact.name === 'RunsRequested')!;
    expect(before).toBeLessThanOrEqual(Date.parse(stored.time));
  });
});
