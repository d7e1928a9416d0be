import { event } from '@multitask/contracts';
import { decideBlock, decideGiveUp, decideUnblock, isGivenUp } from './block.decider';
import { decideCompletion } from './completion.decider';
import { newMemory } from './holder-memory';
import { evolve } from './ingest-group.evolver';
import { added, created, given, recorded, requested, startAt, updated } from './ingest.scenario';
import { defaultPolicy as policy } from './policy';
import { decideStatus } from './status.decider';

const hour = 3_600_000;
const blocked = (tries: number, nextTry = startAt) => [
  event('GroupBlocked', {
    reason: 'credit',
    message: 'no money',
    next_try_at: new Date(nextTry).toISOString(),
    tries,
  }),
];

describe('a blocked group', () => {
  it('is tried again after 1, 2, 4 … 60 minutes', () => {
    const waits = [0, 1, 2, 3, 6, 40].map((tries) => {
      const state = tries === 0 ? given(created(1)) : given(created(1), blocked(tries));
      const [fact] = decideBlock(state, { reason: 'credit', message: 'no money' }, startAt, policy);
      return fact?.name === 'GroupBlocked' ? (Date.parse(fact.data.next_try_at) - startAt) / 60_000 : NaN;
    });
    expect(waits).toEqual([1, 2, 4, 8, 60, 60]);
  });

  it('starts to count anew for another reason', () => {
    const state = given(created(1), blocked(5));
    expect(decideBlock(state, { reason: 'key_refused', message: '' }, startAt, policy)).toMatchObject([
      { data: { tries: 1 } },
    ]);
  });

  it('is tried at once when a key is presented', () => {
    const state = given(created(1), requested(1, '0.1'), added(1, '0.1'), updated('0.1', 'failed'), blocked(5), [
      event('RetryRequested', { rows: [0], generation: 2, credential_id: 'new' }),
    ]);
    expect(state.blocked?.nextTryAt).toBe(0);
  });

  it('is freed only by a success of the kind it was refused', () => {
    const state = given(created(1), blocked(1));
    expect(decideUnblock(state, ['upstream_down', 'key_refused'])).toEqual([]);
    expect(decideUnblock(state, ['credit'])).toEqual([event('GroupUnblocked', {})]);
  });

  it('is brought to its end after 72 hours without progress, every row with the reason', () => {
    const facts = [created(4), requested(1, '0.1', '1.1'), added(1, '0.1', '1.1'), updated('0.1', 'completed')];
    const state = given(...facts, requested(2, '2.1'), blocked(1));
    expect(isGivenUp(state, 71 * hour, policy)).toBe(false);
    expect(isGivenUp(state, 72 * hour, policy)).toBe(true);
    const ends = decideGiveUp(state, policy);
    recorded(ends, { seq: 100, at: startAt }).forEach((fact) => evolve(state, fact));
    expect(state.counts).toEqual({ completed: 1, failed: 1, rejected: 2 });
    expect(decideCompletion(state, newMemory())).toHaveLength(2);
  });

  it('tells the next try that the upstream asked for', () => {
    const [fact] = decideBlock(
      given(created(1)),
      { reason: 'upstream_down', message: '', afterMs: 600_000 },
      startAt,
      policy,
    );
    expect(fact).toMatchObject({ data: { next_try_at: new Date(startAt + 600_000).toISOString() } });
  });
});

describe('a group whose runs never end', () => {
  const waiting = () =>
    given(
      created(3),
      requested(1, '0.1', '1.1', '2.1'),
      added(1, '0.1', '1.1', '2.1'),
      updated('0.1', 'completed'),
      updated('1.1', 'running'),
    );

  it('counts from the last row that moved: a stranger’s run, a status or a repeated report is no progress', () => {
    const state = waiting();
    const { progressAt } = state;
    const noise = [
      event('SurplusRunSeen', { run_id: 'trun_stranger', reason: 'foreign' }),
      event('GroupStatusChanged', { counts: { running: 2 }, is_active: true, cursor: 'c9' }),
      ...updated('1.1', 'running'),
    ];
    recorded(noise, { seq: 50, at: progressAt + 71 * hour }).forEach((fact) => evolve(state, fact));
    expect(state.progressAt).toBe(progressAt);
    recorded(updated('2.1', 'running'), { seq: 60, at: progressAt + 71 * hour }).forEach((fact) => evolve(state, fact));
    expect(state.progressAt).toBe(progressAt + 71 * hour);
  });

  it('is brought to its end after 72 hours: what has ended stays, the rest fails and says why', () => {
    const state = waiting();
    expect(isGivenUp(state, 72 * hour, policy)).toBe(true);
    const ends = decideGiveUp(state, policy);
    const message = 'Parallel has not ended this run, and no other row has moved for 72 hours.';
    expect(ends).toMatchObject([
      { data: { key: '1.1', run: { status: 'failed', error: { code: 'upstream_failed', message } } } },
      { data: { key: '2.1' } },
    ]);
    recorded(ends, { seq: 100, at: startAt }).forEach((fact) => evolve(state, fact));
    expect(state.counts).toEqual({ completed: 1, failed: 2 });
    expect(isGivenUp(state, 99 * hour, policy)).toBe(false);
    expect(decideCompletion(state, newMemory())).toHaveLength(2);
  });
});

describe('the status of a group', () => {
  const moved = () => given(created(2), requested(1, '0.1'), added(1, '0.1'), updated('0.1', 'running'));

  it('is told when the counts changed, at most once a second', () => {
    const [first] = decideStatus(moved(), 'c1', startAt, policy);
    expect(first?.data).toEqual({ counts: { queued: 1, running: 1 }, is_active: true, cursor: 'c1' });
    const state = moved();
    recorded([first!], { seq: 10, at: startAt }).forEach((fact) => evolve(state, fact));
    expect(decideStatus(state, 'c1', startAt + 60_000, policy)).toEqual([]);
    recorded(updated('0.1', 'completed'), { seq: 11, at: startAt }).forEach((fact) => evolve(state, fact));
    expect(decideStatus(state, 'c2', startAt + 999, policy)).toEqual([]);
    expect(decideStatus(state, 'c2', startAt + 1_000, policy)).toMatchObject([{ data: { cursor: 'c2' } }]);
  });

  it('keeps the position in the upstream’s stream now and then, even where nothing else changed', () => {
    const state = moved();
    recorded(decideStatus(state, 'c1', startAt, policy), { seq: 10, at: startAt }).forEach((f) => evolve(state, f));
    expect(decideStatus(state, 'c2', startAt + 29_000, policy)).toEqual([]);
    expect(decideStatus(state, 'c2', startAt + 30_000, policy)).toMatchObject([{ data: { cursor: 'c2' } }]);
  });
});
