import { decideClaim, decideHeartbeat, decideRunning, readinessOf } from './claim.decider';
import { attemptEndsAt, checkLease } from './lease.check';
import { claim, leased, now, queued } from './task.scenario';

const order = { ...claim, lengthMs: 30_000 };
const named = (name: string) => expect.objectContaining({ name });

describe('a queued task', () => {
  it.each([
    ['ready', {}],
    ['ready', { notBefore: now }],
    ['not_before', { notBefore: now + 1 }],
    ['waits_for_dependencies', { unmetDependencies: 1 }],
    ['not_queued', { status: 'blocked' as const }],
  ])('is %s with %j', (readiness, changes) => expect(readinessOf(queued(changes), now)).toBe(readiness));

  it('given a worker, it is leased, counts an attempt and says when both clocks end', () => {
    const { task, attempt, facts } = decideClaim(queued({ timeoutMs: 5_000, claimCount: 3 }), order, now);
    expect(task).toMatchObject({ status: 'leased', attemptCount: 1, startedAt: now });
    expect(task.lease).toEqual({
      id: 'lease_1',
      workerId: 'worker',
      fencingToken: 4,
      lengthMs: 30_000,
      claimedAt: now,
      expiresAt: now + 30_000,
    });
    expect(attemptEndsAt(task)).toBe(now + 5_000);
    expect(attempt).toBe('leased');
    expect(facts).toMatchObject([{ type: 'task.claimed', data: { workerId: 'worker', attempt: 1, fencingToken: 4 } }]);
  });

  it('is not claimed without being ready, nor beyond its attempts', () => {
    expect(() => decideClaim(leased(), order, now)).toThrow(named('InvalidTransitionError'));
    expect(() => decideClaim(queued({ maxAttempts: 2, attemptCount: 2 }), order, now)).toThrow(
      named('MaxAttemptsExceededError'),
    );
  });
});

describe('a held task', () => {
  it('given a heartbeat, its lease is as long again as it was given at the claim (8)', () => {
    const later = now + 20_000;
    expect(decideHeartbeat(leased(), claim, undefined, later).task.lease?.expiresAt).toBe(later + 30_000);
    const longer = decideHeartbeat(leased(), claim, 60_000, later).task;
    expect(decideHeartbeat(longer, claim, undefined, later).task.lease?.expiresAt).toBe(later + 60_000);
  });

  it('loses no time by a heartbeat with a short length', () => {
    expect(decideHeartbeat(leased(), claim, 1, now).task.lease?.expiresAt).toBe(now + 30_000);
  });

  it('starts once', () => {
    const { task, facts } = decideRunning(leased(), claim, now);
    expect([task.status, facts.map(({ type }) => type)]).toEqual(['running', ['task.running']]);
    expect(decideRunning(task, claim, now)).toEqual({ task, facts: [] });
  });

  it.each([
    ['LeaseConflictError', { ...claim, leaseId: 'lease_0' }, now, leased()],
    ['LeaseConflictError', { ...claim, workerId: 'thief' }, now, leased()],
    ['LeaseConflictError', claim, now, queued()],
    ['LeaseConflictError', claim, now, queued({ status: 'completed' })],
    ['LeaseExpiredError', claim, now + 30_000, leased()],
  ])('refuses with %s a worker that shows %j', (name, shown, at, task) => {
    expect(() => checkLease(task, shown, at)).toThrow(named(name));
  });
});
