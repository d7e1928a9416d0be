import type { Ledger, LogMessage } from './ledger';
import { lateAfter, resumedMs, throughputOf } from './store.recovery';

const message = (seq: number, at: number, writer: string, type = 'x'): LogMessage =>
  ({ seq, at, writer, type, group: 'g', partition: '00' }) as LogMessage;
const ledgerOf = (messages: readonly LogMessage[], more: object = {}): Ledger =>
  ({ groups: [], readers: [], progress: [], log: { messages, deleted: 0 }, ...more }) as unknown as Ledger;
const sample = (at: number, seq: number) => ({ at, checkpoints: { '00': seq } });

describe('how soon a service works again', () => {
  it('counts from the end of the outage, or from when there was something to do', () => {
    const messages = [
      message(1, 900, 'ingest'),
      message(2, 1_300, 'ingest', 'multitask.group.completed.v1'),
      message(3, 1_700, 'notify'),
    ];
    const frame = (at: number, event: string) => ({ at, event });
    const readers = [{ connections: [{ frames: [frame(1_050, 'notice'), frame(1_350, 'task_run.state')] }] }];
    const groups = [
      { askedAt: 800, acceptedAt: 1_600 },
      { askedAt: 1_500, acceptedAt: 1_900 },
    ];
    const progress = [sample(1_000, 1), sample(1_400, 1), sample(1_500, 2)];
    expect(resumedMs(ledgerOf(messages, { readers, groups, progress }), 1_000)).toEqual({
      // Not the 400 ms of the call that came later.
      'api-gateway': 600,
      'stream-ingestor': 300,
      projector: 200,
      'results-gateway': 50,
      notifier: 400,
    });
  });

  it('is nothing when there was nothing to do', () => {
    expect(Object.values(resumedMs(ledgerOf([]), 1_000))).toEqual([null, null, null, null, null]);
  });

  it('counts from the next try when a webhook was to be sent again later', () => {
    const tried = { ...message(2, 950, 'notify', 'multitask.webhook.attempted.v1') };
    const messages = [
      { ...message(1, 900, 'ingest', 'multitask.group.completed.v1'), data: {} },
      { ...tried, data: { next_try_at: new Date(1_600).toISOString() } },
      { ...message(3, 1_700, 'notify'), data: {} },
    ] as LogMessage[];
    expect(resumedMs(ledgerOf(messages), 1_000).notifier).toBe(100);
  });

  it('must be seen after some outage, and be soon after each', () => {
    expect(lateAfter([null, null], 5_000)).toBe('it was not seen at work after any outage');
    expect(lateAfter([null, 4_000], 5_000)).toBeUndefined();
    expect(lateAfter([6_000, null, 7_000], 5_000)).toBe('after 6000 ms (outage 1), after 7000 ms (outage 3)');
  });
});

describe('throughput', () => {
  const messages = Array.from({ length: 1_000 }, (_, i) => message(i + 1, i * 100, 'ingest'));
  const samplesOf = (seqAt: (at: number) => number) =>
    Array.from({ length: 300 }, (_, i) => sample(i * 200, Math.floor(seqAt(i * 200))));

  it('is what was projected per second before, and in the best ten seconds of the thirty after', () => {
    const samples = samplesOf((at) => (at < 20_000 ? at / 100 : at < 25_000 ? 200 : 200 + (at - 25_000) / 50));
    const found = throughputOf(ledgerOf(messages, { progress: samples }), { at: 20_000, readyAt: 22_000 })!;
    expect(found.before).toBeCloseTo(10, 0);
    expect(found.after).toBeCloseTo(20, 0);
    expect(found.behind).toBe(0);
  });

  it('shows what does not come back', () => {
    const samples = samplesOf((at) => Math.min(at, 20_000) / 100);
    expect(throughputOf(ledgerOf(messages, { progress: samples }), { at: 20_000, readyAt: 22_000 })).toMatchObject({
      after: 0,
      behind: 311,
    });
  });

  it('is not made up where nothing was seen', () => {
    expect(throughputOf(ledgerOf(messages), { at: 20_000, readyAt: 22_000 })).toBeNull();
  });
});
