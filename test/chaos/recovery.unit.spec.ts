import type { FaultAccount, GroupAccount, Ledger } from './ledger';
import { recordedLedger } from './recorded/recorded.ledger';
import { distribution, lagsOnceOver, missed, recoveredMs, workingAgainMs } from './recovery';

const ledger = recordedLedger() as Ledger;
const hit = (service: string, at: number): Ledger => {
  const fault: FaultAccount = { kind: 'kill', service, pid: 1, at, checkpoints: {} };
  return { ...ledger, faults: [fault] };
};

it.each([
  ['stream-ingestor.2', ledger.log.messages.findLast(({ type }) => type === 'multitask.ingest.started.v1')!.at],
  ['api-gateway', ledger.groups[1]!.acceptedAt],
  ['notifier', ledger.deliveries[0]!.at],
])('%s works again at the first sign of it from outside', (service, sign) => {
  const at = service === 'api-gateway' ? ledger.groups[1]!.askedAt - 1 : sign - 1;
  expect(recoveredMs(hit(service, at))).toBe(sign - at);
});

it('a gateway works again when a connection made after its death tells something', () => {
  const connections = ledger.readers.flatMap((reader) => reader.connections);
  const last = connections
    .filter(({ frames }) => frames.length > 0)
    .sort((a, b) => a.at - b.at)
    .at(-1)!;
  expect(recoveredMs(hit('results-gateway', last.at - 1))).toBe(last.frames[0]!.at - last.at + 1);
});

it('what had nothing left to do shows nothing', () => {
  const end = Math.max(...ledger.deliveries.map(({ at }) => at));
  for (const service of ['api-gateway', 'stream-ingestor', 'results-gateway', 'projector', 'notifier'])
    expect(recoveredMs(hit(service, end + 60_000))).toBeNull();
  expect(recoveredMs({ ...ledger, faults: [] })).toBeNull();
});

describe('a service that was started anew', () => {
  const restarted = (service: string, at: number, restartedAt: number): Ledger => {
    const [fault] = hit(service, at).faults;
    return { ...ledger, faults: [{ ...fault!, restartedAt }] };
  };
  const taken = ledger.log.messages.findLast(({ type }) => type === 'multitask.ingest.started.v1')!;

  it('is timed from its start', () => {
    expect(workingAgainMs(restarted('stream-ingestor', taken.at - 900, taken.at - 700))).toBe(700);
    expect(workingAgainMs(hit('stream-ingestor', taken.at - 900))).toBeNull();
  });

  it('is not blamed for the time in which there was nothing to do', () => {
    const [{ askedAt, acceptedAt }] = ledger.groups.toSorted((a, b) => a.askedAt - b.askedAt) as [GroupAccount];
    expect(workingAgainMs(restarted('api-gateway', askedAt - 60_000, askedAt - 50_000))).toBeLessThanOrEqual(
      acceptedAt - askedAt,
    );
    const completed = ledger.log.messages.find(({ type }) => type === 'multitask.group.completed.v1')!;
    const told = ledger.deliveries.find(({ group }) => group === completed.group)!;
    expect(workingAgainMs(restarted('notifier', completed.at - 60_000, completed.at - 50_000))).toBeLessThanOrEqual(
      told.at - completed.at,
    );
  });

  it('is timed by who waited for it first, however quickly others were served later', () => {
    const waited = { ...ledger.groups[0]!, askedAt: 1_000, acceptedAt: 9_000 };
    const quick = { ...ledger.groups[1]!, askedAt: 9_500, acceptedAt: 9_510 };
    const both: Ledger = { ...restarted('api-gateway', 900, 1_500), groups: [quick, waited] };
    expect(workingAgainMs(both)).toBe(7_500);
    expect(recoveredMs(both)).toBe(8_100);
  });

  it('is timed by streams that were asked for in vain, too', () => {
    const asked = (at: number, frames: readonly object[]) => ({ at, status: frames.length > 0 ? 200 : 502, frames });
    const connections = [asked(1_100, []), asked(4_000, []), asked(7_000, [{ at: 7_005 }])];
    const readers = [{ name: '1', group: 'g', connections }] as unknown as Ledger['readers'];
    expect(workingAgainMs({ ...restarted('results-gateway', 1_000, 1_200), readers })).toBe(5_805);
  });

  it('is not blamed for the webhook that the dead one had in its hands', () => {
    const completed = (group: string, at: number) => ({ type: 'multitask.group.completed.v1', group, at, data: {} });
    const arrival = (group: string, at: number) => ({ group, at }) as Ledger['deliveries'][number];
    const messages = [completed('held', 900), completed('new', 4_000)] as unknown as Ledger['log']['messages'];
    const told = (...deliveries: Ledger['deliveries']): Ledger => ({
      ...restarted('notifier', 1_000, 1_200),
      ...{ deliveries, log: { messages, deleted: 0 } },
    });
    expect(workingAgainMs(told(arrival('new', 4_300), arrival('held', 9_000)))).toBe(300);
    expect(workingAgainMs(told(arrival('held', 3_000), arrival('new', 4_300)))).toBe(1_800);
  });

  it('shows nothing of work that was seen before', () => {
    const end = Math.max(...ledger.deliveries.map(({ at }) => at)) + 60_000;
    for (const service of ['api-gateway', 'stream-ingestor', 'results-gateway', 'projector', 'notifier'])
      expect(workingAgainMs(restarted(service, end, end))).toBeNull();
  });
});

describe('a projector that was started anew', () => {
  const look = (at: number, seq: number) => ({ at, checkpoints: { '00': seq, '01': 90 } });
  const message = (seq: number, at: number) => ({ seq, at, partition: '00', type: 'x', group: 'g', data: {} });
  const fault = { kind: 'kill' as const, service: 'projector', pid: 1, at: 1_000, restartedAt: 1_200 };
  const checkpoints = { '00': 5, '01': 90 };
  const after = (progress: Ledger['progress'], messages: readonly object[], more: object = {}): Ledger => ({
    ...{ ...ledger, progress, faults: [{ ...fault, checkpoints, ...more }] },
    log: { messages: messages as Ledger['log']['messages'], deleted: 0 },
  });
  const messages = [message(5, 800), message(6, 990), message(7, 1_100), message(8, 9_000)];

  it('works again when a checkpoint moves beyond what the dead one did', () => {
    const progress = [look(950, 5), look(1_150, 6), look(1_300, 6), look(3_200, 7)];
    expect(workingAgainMs(after(progress, messages))).toBe(2_000);
    expect(recoveredMs(after(progress, messages))).toBe(2_200);
  });

  it('is not praised for what the database finished of the dead one', () => {
    const progress = [look(950, 5), look(1_300, 6), look(3_200, 7)];
    expect(workingAgainMs(after(progress, messages, { restartCheckpoints: { '00': 6 } }))).toBe(2_000);
  });

  it('is not blamed for the time in which there was nothing to project', () => {
    const progress = [look(950, 7), look(8_000, 7), look(9_150, 8)];
    expect(workingAgainMs(after(progress, messages))).toBe(150);
    expect(workingAgainMs(after([look(950, 8), look(9_000, 8)], messages))).toBeNull();
  });
});

it('lags are those of the time in which all should be well', () => {
  const first = Math.min(...ledger.groups.map(({ askedAt }) => askedAt));
  expect(lagsOnceOver(hit('projector', first - 15_000)).length).toBeGreaterThan(0);
  expect(lagsOnceOver(hit('projector', first + 3_600_000))).toEqual([]);
  expect(distribution([1, 2, 3, 4])).toEqual({ count: 4, p50: 2, p95: 4, most: 4 });
});

it('figures must be there and within the limit', () => {
  expect(missed([1, 2, 3, 4, 9_000], 5_000, 5)).toBe('p95 of 5 is 9000 ms, above 5000');
  expect(missed([1, 2, 3, 4, 5_000], 5_000, 5)).toBeUndefined();
  expect(missed([1], 5_000, 5)).toBe('only 1 figures, too few of 5');
});
