import { event, type RecordedEvent } from '@multitask/contracts';
import { eventually } from '@multitask/testing';
import { IngestRig, type RunningIngestor } from './testing/ingest.rig';

const companies = (count: number) => Array.from({ length: count }, (_, i) => ({ company: `Company ${i}` }));
const atAdding = { match: { endpoint: 'add_runs' } };

const endsOf = (events: readonly RecordedEvent[]) =>
  events.flatMap((fact) =>
    fact.name === 'RunUpdated' && ['completed', 'failed'].includes(fact.data.run.status) ? [fact.data.key] : [],
  );
const countsOf = (events: readonly RecordedEvent[]) => {
  const last = events.findLast((fact) => fact.name === 'GroupCompleted');
  return last?.name === 'GroupCompleted' ? last.data.counts : undefined;
};
const named = (events: readonly RecordedEvent[], name: string) => events.filter((fact) => fact.name === name);

describe('buying a group', () => {
  let rig: IngestRig;
  let ingestor: RunningIngestor;
  beforeAll(async () => {
    rig = await IngestRig.open();
    ingestor = await rig.startIngestor();
  });
  afterAll(() => rig.close());
  afterEach(() => rig.faults());

  /** What holds whatever happened: each row bought once, ended once, and the last word is that all is done. */
  async function expectWhole(groupId: string, rows: number, events: readonly RecordedEvent[]) {
    expect(await rig.boughtTwice(groupId)).toEqual([]);
    const ends = endsOf(events);
    expect(new Set(ends).size).toBe(rows);
    expect(ends).toHaveLength(rows);
    expect(events.at(-1)?.name).toBe('GroupCompleted');
  }

  it('of three rows: taken over, bought, followed and completed, and all of it stands in the log', async () => {
    const groupId = await rig.createGroup([{ company: 'Acme' }, { company: 'Globex' }, 'Initech']);
    const events = await rig.completed(groupId);
    // Our own counts are told each second, whatever else happens.
    const names = events.map(({ name }) => name).filter((name) => name !== 'GroupStatusChanged');
    expect(names.slice(0, 5)).toEqual(['RowsAccepted', 'GroupCreated', 'IngestStarted', 'RunsRequested', 'RunsAdded']);
    expect(countsOf(events)).toEqual({ completed: 3 });
    for (const fact of events)
      if (fact.name === 'RunUpdated' && fact.data.run.status === 'completed')
        expect(fact.data.output).toMatchObject({ type: 'json', content: { headquarters: expect.any(String) } });
    await expectWhole(groupId, 3, events);
    expect(await rig.ledger(groupId)).toMatchObject({ streams: { opened: 1 }, runs: 3 });
  });

  it('of 250 rows goes in batches, over one stream and with few requests', async () => {
    const groupId = await rig.createGroup(companies(250));
    const events = await rig.completed(groupId);
    expect(named(events, 'RunsRequested')).toHaveLength(3);
    await expectWhole(groupId, 250, events);
    const { requests, streams } = await rig.ledger(groupId);
    expect(streams.max_concurrent).toBe(1);
    const others = Object.entries(requests).filter(([name]) => name !== 'group_events' && name !== 'create_group');
    expect(others.reduce((sum, [, count]) => sum + count, 0)).toBeLessThan(10);
  });

  it('of no rows is complete at once', async () => {
    const groupId = await rig.createGroup([]);
    expect(countsOf(await rig.completed(groupId))).toEqual({});
  });

  it('shows what is running before anything is finished', async () => {
    await rig.faults({ kind: 'stall_runs', seconds: 3 });
    const groupId = await rig.createGroup(companies(2));
    const running = await eventually(async () =>
      (await rig.eventsOf(groupId)).find((fact) => fact.name === 'RunUpdated' && fact.data.run.status === 'running'),
    );
    expect(running.name).toBe('RunUpdated');
    await expectWhole(groupId, 2, await rig.completed(groupId));
  });

  it('gives each row its own answer although the run ids come in another order', async () => {
    await rig.faults({ kind: 'shuffle_run_ids' });
    const countries = ['France', 'Peru', 'Japan', 'Kenya', 'Norway', 'Chile', 'Egypt', 'Canada'];
    const properties = { capital: { type: 'string' } };
    const json_schema = { type: 'object', properties, required: ['capital'], additionalProperties: false };
    const groupId = await rig.createGroup(
      countries.map((country) => ({ country })),
      { spec: { processor: 'lite', output: { type: 'json', json_schema }, ttl_days: 30 } },
    );
    const events = await rig.completed(groupId);
    await expectWhole(groupId, 8, events);
    const capitals = new Map(
      events.flatMap((fact) => {
        if (fact.name !== 'RunUpdated' || !fact.data.output) return [];
        return [[fact.data.key, (fact.data.output.content as { capital: string }).capital]];
      }),
    );
    expect(countries.map((_, row) => capitals.get(`${row}.1`))).toEqual([
      'Paris',
      'Lima',
      'Tokyo',
      'Nairobi',
      'Oslo',
      'Santiago',
      'Cairo',
      'Ottawa',
    ]);
  });

  describe('through trouble: nothing is bought twice', () => {
    it.each<[string, object[]]>([
      ['the answer is lost after the batch was taken', [{ kind: 'reset', when: 'after', times: 1, ...atAdding }]],
      ['the request is lost before it was taken', [{ kind: 'reset', times: 1, ...atAdding }]],
      ['the answer never comes', [{ kind: 'hang', when: 'after', times: 1, ...atAdding }]],
      [
        'an error is answered although the batch was taken',
        [{ kind: 'respond', status: 500, when: 'after', times: 1, ...atAdding }],
      ],
      [
        'the answer is lost and the batch is listed late',
        [
          { kind: 'reset', when: 'after', times: 1, ...atAdding },
          { kind: 'hide_runs', seconds: 0.7, times: 1 },
        ],
      ],
      ['the batch is listed late', [{ kind: 'hide_runs', seconds: 0.5, times: 1 }]],
      ['only part of the batch is taken', [{ kind: 'accept_partially', accept: 2, times: 1 }]],
      [
        'the answer is lost and the list is cut',
        [
          { kind: 'reset', when: 'after', times: 1, ...atAdding },
          { kind: 'cut_stream', how: 'mid_frame', after_frames: 1, times: 2, match: { endpoint: 'list_runs' } },
        ],
      ],
      ['the upstream asks to slow down', [{ kind: 'respond', status: 429, retry_after: 0.2, times: 2, ...atAdding }]],
      [
        'the upstream is down for a while',
        [{ kind: 'respond', status: 503, times: 3, match: { endpoint: ['add_runs', 'list_runs', 'group_events'] } }],
      ],
    ])('%s', async (_, faults) => {
      await rig.faults(...faults);
      const groupId = await rig.createGroup(companies(5));
      const events = await rig.completed(groupId);
      expect(countsOf(events)).toEqual({ completed: 5 });
      await expectWhole(groupId, 5, events);
    });

    it('and asks for the missing rows again only after the time that was promised', async () => {
      await rig.faults({ kind: 'reset', times: 1, ...atAdding });
      const groupId = await rig.createGroup(companies(2));
      const events = await rig.completed(groupId);
      const [first, second] = named(events, 'RunsRequested').map(({ time }) => Date.parse(time));
      expect(second! - first!).toBeGreaterThanOrEqual(2_000);
    });
  });

  it('tells runs that are nobody’s row, and shows them as none', async () => {
    await rig.faults(
      { kind: 'foreign_runs', count: 2, times: 1 },
      { kind: 'foreign_runs', count: 1, metadata: { multitask_row: '0.1' }, after_seconds: 0.1, times: 1 },
    );
    const groupId = await rig.createGroup(companies(3));
    const events = await rig.completed(groupId);
    expect(countsOf(events)).toEqual({ completed: 3 });
    for (const fact of named(events, 'SurplusRunSeen'))
      expect(fact.data).toMatchObject({ reason: expect.stringMatching(/foreign|duplicate/) });
    expect(named(events, 'SurplusRunSeen').length).toBeGreaterThanOrEqual(2);
  });

  it('rejects all rows at once when the processor is not theirs', async () => {
    const groupId = await rig.createGroup(companies(120), {
      spec: { processor: 'no-such-processor', output: { type: 'auto' }, ttl_days: 30 },
    });
    const events = await rig.completed(groupId);
    expect(countsOf(events)).toEqual({ rejected: 120 });
    expect(named(events, 'RunsRejected')[0]).toMatchObject({
      data: { runs: expect.arrayContaining([{ key: '0.1', code: 'processor_refused', message: expect.any(String) }]) },
    });
    expect((await rig.ledger(groupId)).runs).toBe(0);
  });

  it('rejects a row that is too large, alone', async () => {
    const groupId = await rig.createGroup([
      { company: 'Acme' },
      { company: 'x'.repeat(25_000) },
      { company: 'Globex' },
    ]);
    const events = await rig.completed(groupId);
    expect(countsOf(events)).toEqual({ completed: 2, rejected: 1 });
    expect(named(events, 'RunsRejected')[0]).toMatchObject({ data: { runs: [{ key: '1.1', code: 'row_too_large' }] } });
  });

  it('rejects all rows when the specification is refused', async () => {
    const groupId = await rig.createGroup(companies(3), {
      spec: { processor: 'lite', output: { type: 'json', json_schema: { type: 'array' } }, ttl_days: 30 },
    });
    const events = await rig.completed(groupId);
    expect(countsOf(events)).toEqual({ rejected: 3 });
    expect(named(events, 'RunsRejected')[0]).toMatchObject({ data: { runs: [{ code: 'invalid_schema' }, {}, {}] } });
  });

  it('ends a row whose result is too large with a reason, and only that', async () => {
    await rig.faults({ kind: 'large_output', bytes: 17 * 1024 * 1024, times: 1 });
    const groupId = await rig.createGroup(companies(3));
    const events = await rig.completed(groupId);
    expect(countsOf(events)).toEqual({ completed: 2, failed: 1 });
    expect(events).toContainEqual(
      expect.objectContaining({
        data: expect.objectContaining({
          run: expect.objectContaining({ error: expect.objectContaining({ code: 'too_large' }) }),
        }),
      }),
    );
  });

  it('keeps a result of some megabytes whole', async () => {
    await rig.faults({ kind: 'large_output', bytes: 2 * 1024 * 1024, times: 1 });
    const groupId = await rig.createGroup(companies(1));
    const events = await rig.completed(groupId);
    const end = events.find((fact) => fact.name === 'RunUpdated' && fact.data.output);
    expect(JSON.stringify(end).length).toBeGreaterThan(2 * 1024 * 1024);
  });

  describe('and commands', () => {
    it('cancel what is not bought yet; what is bought goes on', async () => {
      const groupId = await rig.createGroup(companies(6), { credential_id: await rig.seal('emulator') });
      await rig.completed(groupId);
      // A group whose purchases cannot be made, so that something is left to cancel.
      await rig.faults({ kind: 'respond', status: 429, ...atAdding });
      const other = await rig.createGroup(companies(4));
      await eventually(async () => named(await rig.eventsOf(other), 'RunsRequested').length > 0);
      await rig.command(other, event('CancelRequested', { generation: 1 }));
      const events = await rig.completed(other);
      expect(countsOf(events)).toEqual({ cancelled: 4 });
      expect((await rig.ledger(other)).runs).toBe(0);
    });

    it('retry failed rows in a new generation, with the key they came with', async () => {
      await rig.faults({ kind: 'end_runs', status: 'failed', times: 2 });
      const groupId = await rig.createGroup(companies(4));
      const first = await rig.completed(groupId);
      expect(countsOf(first)).toEqual({ completed: 2, failed: 2 });
      const failed = endsOf(first).filter((key) =>
        first.some((f) => f.name === 'RunUpdated' && f.data.key === key && f.data.run.status === 'failed'),
      );
      const rows = failed.map((key) => Number(key.split('.')[0]));
      await rig.command(
        groupId,
        event('RetryRequested', { rows, generation: 2, credential_id: await rig.seal('emulator') }),
      );
      const events = await rig.completed(groupId, { times: 2 });
      expect(countsOf(events)).toEqual({ completed: 4 });
      expect(await rig.boughtTwice(groupId)).toEqual([]);
      expect(Object.keys((await rig.ledger(groupId)).runs_by_metadata.multitask_row!).sort()).toEqual(
        ['0.1', '1.1', '2.1', '3.1', ...rows.map((row) => `${row}.2`)].sort(),
      );
    });

    it('append rows to a group, also while it is worked on', async () => {
      await rig.faults({ kind: 'stall_runs', seconds: 1 });
      const groupId = await rig.createGroup(companies(3));
      await eventually(async () => named(await rig.eventsOf(groupId), 'RunsAdded').length > 0);
      await rig.command(
        groupId,
        event('RowsAccepted', { batch_id: 'b2', first_row: 3, inputs: ['one more', 'and another'] }),
        event('InputsAppended', {
          batch_id: 'b2',
          first_row: 3,
          row_count: 2,
          generation: 2,
          credential_id: await rig.seal('emulator'),
        }),
      );
      const events = await rig.completed(groupId);
      expect(countsOf(events)).toEqual({ completed: 5 });
      await expectWhole(groupId, 5, events);
    });
  });

  it('measures how long facts take, and counts what it bought', async () => {
    const text = await ingestor.metrics.registry.metrics();
    expect(text).toMatch(/multitask_ingest_lag_seconds_count\{[^}]*\} [1-9]/);
    expect(text).toMatch(/multitask_ingest_batches_total\{[^}]*outcome="added"[^}]*\} [1-9]/);
    expect(text).toMatch(/multitask_ingest_leases_held\{[^}]*\} 0/);
  });
});
