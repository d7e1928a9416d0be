import { MemoryPacer } from './memory.pacer';
import { defaultBudgets } from './pacer';
import { pacerContract } from './pacer.contract';

describe('pacing in memory', () => {
  pacerContract((budgets) => new MemoryPacer(budgets));

  it('stays within 2,000 rows in any minute, in batches of 100 as fast as they may be bought', async () => {
    let now = 0;
    const pacer = new MemoryPacer(defaultBudgets, () => now);
    const boughtAt: number[] = [];
    while (now < 300_000) {
      now += await pacer.reserve('key', 'runs', 100);
      boughtAt.push(now);
    }
    const most = Math.max(...boughtAt.map((from) => boughtAt.filter((at) => at >= from && at < from + 60_000).length));
    expect(most * 100).toBeLessThanOrEqual(2_000);
    expect(boughtAt.length * 100).toBeGreaterThan(8_900);
  });

  it('lets a small group in between the batches of a large one', async () => {
    let now = 0;
    const pacer = new MemoryPacer(defaultBudgets, () => now);
    now += await pacer.reserve('key', 'runs', 250);
    await pacer.reserve('key', 'runs', 250);
    expect(await pacer.reserve('key', 'runs', 3)).toBeLessThan(60_000);
  });
});
