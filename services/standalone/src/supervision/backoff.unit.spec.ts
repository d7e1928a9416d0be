import fc from 'fast-check';
import { Backoff } from './backoff';

describe('how long a dead process waits', () => {
  it('comes back at once after a long life', () => {
    expect(new Backoff().afterLifeOf(60_000)).toBe(0);
  });

  it('waits twice as long after each short life, and never more than 10 s', () => {
    const backoff = new Backoff();
    const delays = Array.from({ length: 9 }, () => backoff.afterLifeOf(50));
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  it('begins anew after a long life', () => {
    const backoff = new Backoff();
    for (let i = 0; i < 5; i++) backoff.afterLifeOf(50);
    backoff.afterLifeOf(60_000);
    expect(backoff.afterLifeOf(50)).toBeLessThanOrEqual(200);
  });

  it('is never negative nor above 10 s', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100_000)), (lives) => {
        const backoff = new Backoff();
        for (const life of lives) {
          const delay = backoff.afterLifeOf(life);
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(10_000);
        }
      }),
    );
  });
});
