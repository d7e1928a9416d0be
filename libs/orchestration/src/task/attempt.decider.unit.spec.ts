import fc from 'fast-check';
import type { Task } from '../model/task';
import { decideAttemptEnd, type AttemptEnd } from './attempt.decider';
import { decideClaim, readinessOf } from './claim.decider';
import { decideRequeue } from './hand.decider';
import { unstatedMaxAttempts } from './retry.policy';
import { claim, leased, now, queued } from './task.scenario';

const failed: AttemptEnd = { kind: 'failed', error: 'no' };
const end = (task: Task, how: AttemptEnd, at = now) => decideAttemptEnd(task, how, at);
const types = (change: ReturnType<typeof end>) => change.facts.map(({ type }) => type);

describe('an attempt that ends', () => {
  it('completed, ends the task with its output', () => {
    const { task, attempt } = end(leased({ error: 'earlier' }), {
      kind: 'completed',
      output: { a: 1 },
      metadata: { m: 2 },
    });
    expect(task).toMatchObject({ status: 'completed', output: { a: 1 }, metadata: { m: 2 }, error: null, lease: null });
    expect(attempt).toBe('completed');
  });

  it('released, costs nothing (2)', () => {
    const { task } = end(leased({ maxAttempts: 1 }), { kind: 'released', reason: 'shutting down' });
    expect(task).toMatchObject({ status: 'queued', attemptCount: 0, lease: null });
    expect(readinessOf(task, now)).toBe('ready');
  });

  it.each(['blocked', 'waiting_input'] as const)('paused as %s, costs nothing (3)', (status) => {
    const { task, attempt, facts } = end(leased({ maxAttempts: 1 }), { kind: 'paused', status, reason: 'which one?' });
    expect(task).toMatchObject({ status, attemptCount: 0, lease: null });
    expect([attempt, facts]).toMatchObject(['released', [{ type: `task.${status}`, data: { reason: 'which one?' } }]]);
  });

  it('failed, is retried while attempts remain, with its delay, and is then a dead letter (10)', () => {
    const retry = { delayMs: 1_000, backoff: 'exponential' as const, maxDelayMs: 1_500 };
    let task = leased({ retry });
    for (const wait of [1_000, 1_500]) {
      task = end(task, failed).task;
      expect(task).toMatchObject({ status: 'queued', error: 'no', notBefore: now + wait });
      task = decideClaim(task, { ...claim, lengthMs: 30_000 }, task.notBefore!).task;
    }
    const last = end(task, failed);
    expect(last.task).toMatchObject({ status: 'failed', dead: true, attemptCount: 3, completedAt: now });
    expect(types(last)).toEqual(['task.failed', 'task.dead_lettered']);
  });

  it('failed, ends a task that asked for no retry, and one whose worker says that a retry is no use', () => {
    expect(end(leased(), failed).task).toMatchObject({ status: 'failed', dead: true });
    const hopeless = end(leased({ maxAttempts: 5 }), {
      kind: 'failed',
      error: { name: 'E', message: 'm' },
      retryable: false,
    });
    expect(hopeless.task).toMatchObject({ status: 'failed', error: { name: 'E', message: 'm' } });
  });

  it('overdue, is an attempt like another, and the error says which clock it was (9)', () => {
    const silent = end(leased(), { kind: 'overdue' }, now + 30_000).task;
    expect(silent).toMatchObject({ status: 'queued', attemptCount: 1, error: { name: 'LeaseExpiredError' } });
    const slow = end(leased({ timeoutMs: 5_000 }), { kind: 'overdue' }, now + 5_000).task;
    expect(slow).toMatchObject({ status: 'queued', error: { name: 'TaskTimeoutError' } });
    const last = end(leased({ maxAttempts: 1 }), { kind: 'overdue' }, now + 30_000);
    expect(last.task).toMatchObject({ status: 'failed', dead: true });
    expect(types(last)).toEqual(['task.lease_expired', 'task.dead_lettered']);
  });

  it('overdue again and again, comes to an end', () => {
    expect(end(leased({ attemptCount: unstatedMaxAttempts - 1 }), { kind: 'overdue' }).task.status).toBe('failed');
  });
});

describe('whatever workers do', () => {
  const ends: fc.Arbitrary<AttemptEnd> = fc.oneof(
    fc.constant(failed),
    fc.constant<AttemptEnd>({ kind: 'overdue' }),
    fc.constant<AttemptEnd>({ kind: 'released' }),
    fc.constant<AttemptEnd>({ kind: 'completed', output: null }),
  );

  it('a task is always claimable, or has ended, or waits for its time; a dead one can be brought back', () => {
    fc.assert(
      fc.property(
        fc.option(fc.integer({ min: 1, max: 4 })),
        fc.array(ends, { maxLength: 30 }),
        (maxAttempts, story) => {
          let task = queued({ maxAttempts });
          for (const how of story) {
            if (task.status !== 'queued') break;
            task = decideClaim(task, { ...claim, lengthMs: 1_000 }, now).task;
            task = end(task, how, now + 1_000).task;
            expect(task.attemptCount).toBeLessThanOrEqual(maxAttempts ?? unstatedMaxAttempts);
          }
          expect(['queued', 'completed', 'failed']).toContain(task.status);
          if (task.status === 'failed')
            for (const resetAttempts of [true, false]) {
              const again = decideRequeue(task, { resetAttempts, notBefore: null }, now).task;
              expect(() => decideClaim(again, { ...claim, lengthMs: 1 }, now)).not.toThrow();
            }
        },
      ),
    );
  });
});
