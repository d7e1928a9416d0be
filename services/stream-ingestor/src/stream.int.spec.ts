import type { RecordedEvent } from '@multitask/contracts';
import { IngestRig } from './testing/ingest.rig';

const companies = (count: number) => Array.from({ length: count }, (_, i) => ({ company: `Company ${i}` }));
const onEvents = { match: { endpoint: 'group_events' } };

const facts = (events: readonly RecordedEvent[]) =>
  events.filter((fact) => fact.name === 'RunUpdated' && fact.data.run.status === 'completed');

describe('following a group', () => {
  let rig: IngestRig;
  beforeAll(async () => {
    rig = await IngestRig.open({ EMULATOR_SPEED: '120' });
    await rig.startIngestor('one', { INGEST_IDLE_SECONDS: '0.4', INGEST_IDLE_WITHOUT_HEARTBEAT_SECONDS: '0.6' });
  });
  afterAll(() => rig.close());
  afterEach(() => rig.faults());

  it.each<[string, object[]]>([
    [
      'that is cut in the middle of a frame',
      [{ kind: 'cut_stream', how: 'mid_frame', after_frames: 3, times: 2, ...onEvents }],
    ],
    [
      'that is cut in the middle of a character',
      [{ kind: 'cut_stream', how: 'mid_character', after_frames: 2, times: 1, ...onEvents }],
    ],
    ['that is reset', [{ kind: 'cut_stream', how: 'reset', after_frames: 3, times: 2, ...onEvents }]],
    ['that ends cleanly too early', [{ kind: 'cut_stream', how: 'clean', after_frames: 2, times: 2, ...onEvents }]],
    ['that is half open', [{ kind: 'stall_stream', after_frames: 2, times: 1, ...onEvents }]],
    ['that says nothing from the start', [{ kind: 'stall_stream', times: 1, ...onEvents }]],
    ['with an error in it', [{ kind: 'error_event', after_frames: 2, times: 1, ...onEvents }]],
    ['that keeps ends of runs to itself', [{ kind: 'omit_state', ...onEvents }]],
    ['that leaves out the outputs', [{ kind: 'omit_output', ...onEvents }]],
    ['that repeats everything', [{ kind: 'repeat_frames', copies: 3 }]],
    [
      'with lines, pings and bytes as they should not be',
      [{ kind: 'framing', crlf: true, pings_every_seconds: 0.05, split_bytes: 7 }],
    ],
    ['with events and fields nobody knows', [{ kind: 'unknown_events' }, { kind: 'unknown_fields' }]],
    ['that is refused for a while', [{ kind: 'respond', status: 429, retry_after: 0.3, times: 2, ...onEvents }]],
  ])('over a stream %s: nothing is lost, nothing told twice', async (_, faults) => {
    await rig.faults(...faults);
    const groupId = await rig.createGroup(companies(8));
    const events = await rig.completed(groupId);
    const completed = facts(events);
    expect(completed).toHaveLength(8);
    expect(new Set(completed.map((fact) => fact.name === 'RunUpdated' && fact.data.key)).size).toBe(8);
    for (const fact of completed) if (fact.name === 'RunUpdated') expect(fact.data.output).toBeDefined();
    const { streams, runs } = await rig.ledger(groupId);
    expect(streams.max_concurrent).toBeLessThanOrEqual(1);
    expect(runs).toBe(8);
  });

  it('tells our own counts, ending with all of them', async () => {
    const groupId = await rig.createGroup(companies(5));
    const events = await rig.completed(groupId);
    const statuses = events.flatMap((fact) => (fact.name === 'GroupStatusChanged' ? [fact.data] : []));
    expect(statuses.at(-1)).toMatchObject({ counts: { completed: 5 }, is_active: false });
    for (const { counts } of statuses) expect(Object.values(counts).reduce((a, b) => a + b, 0)).toBe(5);
  });
});
