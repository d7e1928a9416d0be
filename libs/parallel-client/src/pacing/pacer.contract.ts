import { randomUUID } from 'node:crypto';
import type { Budgets, Pacer } from './pacer';

/** 100 runs a second without a burst; 10 reads a second with room for 5. */
const budgets: Budgets = {
  runs: { perMinute: 6_000, burst: 0 },
  reads: { perMinute: 600, burst: 5 },
  calls: { perMinute: 60, burst: 0 },
  streams: { perMinute: 60, burst: 0 },
};

/** What every pacer must do. `open` gives one with the budgets; two of them share where that is the point of the pacer. */
export function pacerContract(open: (budgets: Budgets) => Pacer): void {
  const key = () => randomUUID();
  const near = (ms: number) => ({ from: ms - 600, to: ms });
  const expectNear = (actual: number, { from, to }: { from: number; to: number }) => {
    expect(actual).toBeGreaterThanOrEqual(Math.max(0, from));
    expect(actual).toBeLessThanOrEqual(to);
  };

  it('lets the first through, and makes the next wait for what the first took', async () => {
    const [pacer, mine] = [open(budgets), key()];
    expect(await pacer.reserve(mine, 'runs', 200)).toBe(0);
    expectNear(await pacer.reserve(mine, 'runs', 3), near(2_000));
    expectNear(await pacer.reserve(mine, 'runs', 1), near(2_030));
  });

  it('keeps keys and budgets apart', async () => {
    const [pacer, mine] = [open(budgets), key()];
    await pacer.reserve(mine, 'runs', 1_000);
    expect(await pacer.reserve(key(), 'runs', 1)).toBe(0);
    await pacer.reserve(mine, 'reads', 1_000);
    expect(await pacer.reserve(mine, 'calls', 1)).toBe(0);
    expect(await pacer.reserve(mine, 'streams', 1)).toBe(0);
  });

  it('lets a burst through', async () => {
    const [pacer, mine] = [open(budgets), key()];
    const waits = [];
    for (let i = 0; i < 8; i++) waits.push(await pacer.reserve(mine, 'reads', 1));
    expect(waits.slice(0, 6)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(waits[7]).toBeGreaterThan(0);
  });

  it('gives places in the order they were asked for, each once, however many ask together', async () => {
    const [pacer, mine] = [open(budgets), key()];
    await pacer.reserve(mine, 'runs', 1_000);
    const waits = await Promise.all(Array.from({ length: 20 }, () => pacer.reserve(mine, 'runs', 100)));
    const sorted = [...waits].sort((a, b) => a - b);
    // 1 s each: a whole place between any two, give or take the time the asking itself took.
    sorted.slice(1).forEach((wait, i) => expect(wait - sorted[i]!).toBeGreaterThan(700));
    expect(sorted.at(-1)).toBeGreaterThan(28_000);
  });
}
