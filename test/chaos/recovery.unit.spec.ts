import type { FaultAccount, Ledger } from './ledger';
import { recordedLedger } from './recorded/recorded.ledger';
import { lagsOnceOver, missed, recoveredMs, workingAgainMs } from './recovery';

const ledger = recordedLedger() as Ledger;
const hit = (service: string, at: number): Ledger => {
  const fault: FaultAccount = { kind: 'kill', service, pid: 1, at, checkpoints: {} };
  return { ...ledger, faults: [fault] };
};

it.each([
  ['stream-ingestor.2', ledger.log.messages.findLast(({ type }) => type === 'multitask.ingest.started.v1')!.at],
  ['api-gateway', ledger.groups[1]!.acceptedAt],
  ['notifier', ledger.deliveries[0]!.at],
  ['projector', ledger.polls.findLast(({ changed }) => changed!.length > 0)!.at],
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
    const { askedAt, acceptedAt } = ledger.groups[1]!;
    expect(workingAgainMs(restarted('api-gateway', askedAt - 60_000, askedAt - 50_000))).toBeLessThanOrEqual(
      acceptedAt - askedAt,
    );
    const completed = ledger.log.messages.find(({ type }) => type === 'multitask.group.completed.v1')!;
    const told = ledger.deliveries.find(({ group }) => group === completed.group)!;
    expect(workingAgainMs(restarted('notifier', completed.at - 60_000, completed.at - 50_000))).toBeLessThanOrEqual(
      told.at - completed.at,
    );
  });

  it('shows nothing of work that was seen before', () => {
    const end = Math.max(...ledger.deliveries.map(({ at }) => at)) + 60_000;
    for (const service of ['api-gateway', 'stream-ingestor', 'results-gateway', 'projector', 'notifier'])
      expect(workingAgainMs(restarted(service, end, end))).toBeNull();
  });
});

it('lags are those of the time in which all should be well', () => {
  const first = Math.min(...ledger.groups.map(({ askedAt }) => askedAt));
  expect(lagsOnceOver(hit('projector', first - 15_000)).length).toBeGreaterThan(0);
  expect(lagsOnceOver(hit('projector', first + 3_600_000))).toEqual([]);
  expect(missed([1, 2, 3, 4, 9_000], 5_000)).toBe('p95 of 5 is 9000 ms, above 5000');
  expect(missed([1, 2, 3, 4, 5_000], 5_000)).toBeUndefined();
  expect(missed([9_000], 5_000)).toBeUndefined();
});
