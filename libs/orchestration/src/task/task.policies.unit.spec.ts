import fc from 'fast-check';
import { taskStatuses } from '../model/task';
import { decideDependencyEnd, type EndedDependency } from './dependency.policy';
import { decideCancelTask, decideRequeue, decideResume } from './hand.decider';
import { retryDelayMs } from './retry.policy';
import { leased, now, queued } from './task.scenario';
import { canMove, transitions } from './task.transitions';

const waiting = (onDependencyFailure: 'skip' | 'fail' | 'run') => queued({ unmetDependencies: 2, onDependencyFailure });
const ended = (end: EndedDependency['end']): EndedDependency => ({ taskId: 'task_0', key: 'first', end });

describe('transitions', () => {
  it('lead from an end nowhere but from a dead letter back to the queue', () => {
    for (const end of ['completed', 'cancelled', 'skipped'] as const) expect(transitions[end]).toEqual([]);
    expect(transitions.failed).toEqual(['queued']);
  });

  it('leave no open state without a way to an end', () => {
    for (const status of ['queued', 'leased', 'running', 'blocked', 'waiting_input'] as const)
      expect(canMove(status, 'cancelled')).toBe(true);
  });
});

describe('the end of a dependency', () => {
  it('that was completed, is one less to wait for', () => {
    expect(decideDependencyEnd(waiting('skip'), ended('completed'), now)?.task.unmetDependencies).toBe(1);
  });

  it.each(['failed', 'cancelled', 'skipped'] as const)('that is %s, leaves nobody waiting for ever (1)', (how) => {
    expect(decideDependencyEnd(waiting('skip'), ended(how), now)?.task.status).toBe('skipped');
    expect(decideDependencyEnd(waiting('run'), ended(how), now)?.task.unmetDependencies).toBe(1);
    expect(decideDependencyEnd(waiting('fail'), ended(how), now)?.task).toMatchObject({
      status: 'failed',
      dead: true,
      error: { message: `It depends on first, which is ${how}.` },
    });
  });

  it('says nothing to a task that has ended or is held', () => {
    expect(decideDependencyEnd(queued({ status: 'cancelled' }), ended('failed'), now)).toBeUndefined();
    expect(decideDependencyEnd(leased(), ended('failed'), now)).toBeUndefined();
  });
});

describe('by hand', () => {
  it('a paused task goes on with the answer it waited for', () => {
    const { task } = decideResume(queued({ status: 'waiting_input', metadata: { a: 1 } }), { yes: true }, now);
    expect(task).toMatchObject({ status: 'queued', metadata: { a: 1, resume: { yes: true } } });
  });

  it.each(taskStatuses.filter((status) => status !== 'blocked' && status !== 'waiting_input'))(
    'a %s task cannot be resumed',
    (status) => expect(() => decideResume(queued({ status }), undefined, now)).toThrow(/is .* and not paused/),
  );

  it('a cancel ends what is open, once, and leaves every end alone (13)', () => {
    expect(decideCancelTask(leased(), 'enough', now)).toMatchObject({
      task: { status: 'cancelled', lease: null },
      attempt: 'cancelled',
      facts: [{ type: 'task.cancelled', data: { reason: 'enough' } }],
    });
    for (const status of ['completed', 'failed', 'cancelled', 'skipped'] as const)
      expect(decideCancelTask(queued({ status }), undefined, now)).toBeUndefined();
  });

  it('only a dead letter is queued again, with all its attempts or one', () => {
    const dead = queued({ status: 'failed', dead: true, attemptCount: 3, maxAttempts: 3 });
    expect(decideRequeue(dead, { resetAttempts: true, notBefore: null }, now).task.attemptCount).toBe(0);
    expect(decideRequeue(dead, { resetAttempts: false, notBefore: now + 5 }, now).task).toMatchObject({
      attemptCount: 2,
      notBefore: now + 5,
    });
    expect(() => decideRequeue(queued(), { resetAttempts: true, notBefore: null }, now)).toThrow(/no dead letter/);
  });
});

describe('the delay of a retry', () => {
  it('grows when it shall, never beyond its limit, and is a number for any arguments', () => {
    expect([1, 2, 3].map((n) => retryDelayMs({ delayMs: 10, backoff: 'fixed', maxDelayMs: null }, n))).toEqual([
      10, 10, 10,
    ]);
    expect([1, 2, 3].map((n) => retryDelayMs({ delayMs: 10, backoff: 'exponential', maxDelayMs: 30 }, n))).toEqual([
      10, 20, 30,
    ]);
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom('fixed', 'exponential'),
        fc.option(fc.nat()),
        fc.nat(),
        (delayMs, backoff, maxDelayMs, n) => {
          const delay = retryDelayMs({ delayMs, backoff: backoff as 'fixed', maxDelayMs }, n + 1);
          expect(Number.isSafeInteger(delay) && delay >= 0 && delay <= (maxDelayMs ?? Infinity)).toBe(true);
        },
      ),
    );
  });
});
