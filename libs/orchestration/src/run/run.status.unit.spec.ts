import fc from 'fast-check';
import { isHeld, taskStatuses } from '../model/task';
import { queued } from '../task/task.scenario';
import { addCounts, countsDelta, type RunCounts } from '../model/run.counts';
import { runStatusOf } from './run.status';

const open = { sealed: false, status: 'active' } as const;
const fresh = { sealed: false, status: 'pending' } as const;

describe('the status of a run', () => {
  it.each<[string, RunCounts]>([
    ['pending', {}],
    ['pending', { queued: 2, ready: 1 }],
    ['active', { queued: 1, leased: 1 }],
    ['active', { running: 1, waiting_input: 1 }],
    ['active', { queued: 1, ready: 1, blocked: 1 }],
    ['active', { queued: 1, ready: 1, completed: 1 }],
    ['waiting', { waiting_input: 1 }],
    ['waiting', { queued: 3, blocked: 1, completed: 2 }],
    ['completed', { completed: 2, skipped: 1 }],
    ['failed', { completed: 2, failed: 1, skipped: 1 }],
    ['cancelled', { cancelled: 2 }],
  ])('is %s with %j', (status, counts) => expect(runStatusOf(fresh, counts)).toBe(status));

  it('is completed for a sealed run without tasks, and cancelled for ever once cancelled', () => {
    expect(runStatusOf({ sealed: true, status: 'pending' }, {})).toBe('completed');
    expect(runStatusOf({ sealed: true, status: 'cancelled' }, { completed: 3 })).toBe('cancelled');
  });

  it('opens again when an unsealed run gets another task (4)', () => {
    expect(runStatusOf({ sealed: false, status: 'completed' }, { completed: 1, queued: 1, ready: 1 })).toBe('active');
  });

  it('is an end exactly when every task has ended (1)', () => {
    const counts = fc.dictionary(fc.constantFrom(...taskStatuses), fc.integer({ min: 1, max: 5 }), { minKeys: 1 });
    fc.assert(
      fc.property(counts, (given) => {
        const isOpen = Object.keys(given).some(
          (s) => ['queued', 'blocked', 'waiting_input'].includes(s) || isHeld(s as 'leased'),
        );
        expect(['completed', 'failed', 'cancelled'].includes(runStatusOf(open, given))).toBe(!isOpen);
      }),
    );
  });
});

describe('counts', () => {
  const state = fc.record({ status: fc.constantFrom(...taskStatuses), unmetDependencies: fc.nat({ max: 2 }) });

  it('follow any life of any tasks, in whatever order their changes are added (11)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(state, { minLength: 1, maxLength: 6 }), { maxLength: 6 }),
        fc.gen(),
        (lives, gen) => {
          const deltas = lives.flatMap((life) =>
            life.map((now, i) => countsDelta(i > 0 ? queued(life[i - 1]) : undefined, queued(now))),
          );
          const shuffled = deltas.map((delta) => [gen(fc.nat), delta] as const).sort(([a], [b]) => a - b);
          const fromScratch = lives.map((life) => countsDelta(undefined, queued(life.at(-1))));
          expect(addCounts(...shuffled.map(([, delta]) => delta))).toEqual(addCounts(...fromScratch));
        },
      ),
    );
  });

  it('say nothing of a change that moves nothing', () => {
    expect(countsDelta(queued(), queued({ priority: 4 }))).toEqual({});
  });
});
