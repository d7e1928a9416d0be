import type { Ledger, LogMessage } from './ledger';
import { resumedMs, throughputOf } from './store.recovery';

const message = (seq: number, at: number, writer: string, type = 'x'): LogMessage =>
  ({ seq, at, writer, type, group: 'g', partition: '00' }) as LogMessage;
const ledgerOf = (messages: readonly LogMessage[], more: object = {}): Ledger =>
  ({ groups: [], readers: [], log: { messages, deleted: 0 }, ...more }) as unknown as Ledger;
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
    const samples = [sample(1_000, 1), sample(1_400, 1), sample(1_500, 2)];
    expect(resumedMs(ledgerOf(messages, { readers, groups }), samples, 1_000)).toEqual({
      'api-gateway': 400,
      'stream-ingestor': 300,
      projector: 200,
      'results-gateway': 50,
      notifier: 400,
    });
  });

  it('is nothing when there was nothing to do', () => {
    expect(Object.values(resumedMs(ledgerOf([]), [], 1_000))).toEqual([null, null, null, null, null]);
  });
});

describe('throughput', () => {
  const messages = Array.from({ length: 1_000 }, (_, i) => message(i + 1, i * 100, 'ingest'));
  const samplesOf = (seqAt: (at: number) => number) =>
    Array.from({ length: 300 }, (_, i) => sample(i * 200, Math.floor(seqAt(i * 200))));

  it('is what was projected per second before, and in the best ten seconds of the thirty after', () => {
    const samples = samplesOf((at) => (at < 20_000 ? at / 100 : at < 25_000 ? 200 : 200 + (at - 25_000) / 50));
    const found = throughputOf(ledgerOf(messages), samples, { at: 20_000, readyAt: 22_000 })!;
    expect(found.before).toBeCloseTo(10, 0);
    expect(found.after).toBeCloseTo(20, 0);
    expect(found.behind).toBe(0);
  });

  it('shows what does not come back', () => {
    const samples = samplesOf((at) => Math.min(at, 20_000) / 100);
    expect(throughputOf(ledgerOf(messages), samples, { at: 20_000, readyAt: 22_000 })).toMatchObject({
      after: 0,
      behind: 311,
    });
  });

  it('is not made up where nothing was seen', () => {
    expect(throughputOf(ledgerOf(messages), [], { at: 20_000, readyAt: 22_000 })).toBeNull();
  });
});
