import fc from 'fast-check';
import { RequestBudget } from './request.budget';

describe('the requests of a group', () => {
  it('stay below ten in any minute, whatever is wanted', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 60 }), (pauses) => {
        let now = 0;
        const budget = new RequestBudget(9, () => now);
        const times: number[] = [];
        for (const pause of pauses) {
          now += pause;
          now += budget.waitMs();
          budget.spend();
          times.push(now);
        }
        for (const from of times)
          expect(times.filter((at) => at >= from && at < from + 60_000).length).toBeLessThan(10);
      }),
    );
  });

  it('count purchases, which never wait', () => {
    const budget = new RequestBudget(2, () => 0);
    for (let i = 0; i < 5; i++) budget.spend();
    expect(budget.waitMs()).toBe(60_000);
  });
});
