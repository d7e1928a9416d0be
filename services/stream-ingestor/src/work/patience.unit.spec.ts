import { longestPatienceMs, patienceMs } from './patience';

const longestMs = longestPatienceMs;

describe('how long a replica waits before it takes one more group', () => {
  it.each([
    ['knows of no other', 500, undefined, 0],
    ['holds as much as the idlest other', 12, 12, 0],
    ['holds less than the idlest other', 3, 12, 0],
    ['holds one more', 13, 12, 20],
    ['holds twelve, where one has just come', 12, 0, 240],
    ['holds fifty more', 62, 12, 1_000],
    ['holds two thousand more', 2_012, 12, 1_000],
  ])('who %s', (_, held, others, ms) => {
    expect(patienceMs(held, others, { longestMs, luck: 0 })).toBe(ms);
  });

  it('those with one group more wait longer than those without only by chance, with two for certain', () => {
    const unlucky = patienceMs(5, 5, { longestMs, luck: 1 });
    expect(patienceMs(6, 5, { longestMs, luck: 0 })).toBeLessThan(unlucky);
    expect(patienceMs(7, 5, { longestMs, luck: 0 })).toBeGreaterThan(unlucky);
  });

  it('what is handed over waits for nobody so long', () => {
    expect(patienceMs(50, 0, { longestMs: 200, luck: 0 })).toBe(200);
  });
});
