import type { FaultAccount, Ledger } from './ledger';
import { recordedLedger } from './recorded/recorded.ledger';
import { recoveredMs } from './recovery';

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
