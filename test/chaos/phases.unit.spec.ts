import type { FaultAccount, Ledger } from './ledger';
import { phasesHit, requiredPhases } from './phases';
import { recordedLedger } from './recorded/recorded.ledger';

const ledger = recordedLedger() as Ledger;
const first = ledger.groups[0]!;
const alone: Ledger = { ...ledger, groups: [first] };
const id = first.answers[0]!.id;
const created = ledger.log.messages.find(
  ({ group, type }) => group === id && type === 'multitask.group.created.v1',
)!.at;
const posts = ledger.upstream.requests.filter(({ group, endpoint }) => group === id && endpoint === 'add_runs');
const settled = Math.max(
  ...ledger.upstream.events.filter((e) => e.group === id && e.type === 'task_run.state').map(({ at }) => at),
);
const everything = Object.fromEntries(ledger.log.messages.map(({ partition }) => [partition, Number.MAX_SAFE_INTEGER]));

const killed = (at: number, checkpoints: FaultAccount['checkpoints'] = everything): FaultAccount => ({
  kind: 'kill',
  service: 'projector',
  pid: 1,
  at,
  checkpoints,
});

test.each([
  ['creating', first.askedAt + 1],
  ['before POST', created],
  ['in POST', posts[0]!.at],
  ['before POST', posts[1]!.at - 1],
  ['after POST', posts[1]!.closedAt!],
  ['completing', settled],
])('a kill that falls into "%s" is told to', (phase, at) => {
  expect(phasesHit(alone, killed(at))).toEqual([phase]);
});

test('a kill before and after everything falls into nothing', () => {
  expect(phasesHit(alone, killed(first.askedAt - 1))).toEqual([]);
  expect(phasesHit(alone, killed(settled + 60_000))).toEqual([]);
});

test('a kill while the log is ahead of the read model falls into "projecting"', () => {
  const { at, partition, seq } = ledger.log.messages.at(-1)!;
  expect(phasesHit(alone, killed(at, { ...everything, [partition]: seq - 1 }))).toContain('projecting');
  expect(phasesHit(alone, killed(at - 1, { ...everything, [partition]: seq - 1 }))).not.toContain('projecting');
});

test('only who creates must be killed while creating', () => {
  expect(requiredPhases('api-gateway')).toContain('creating');
  expect(requiredPhases('projector')).not.toContain('creating');
});
