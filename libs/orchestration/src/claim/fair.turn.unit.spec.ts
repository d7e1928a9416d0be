import { nextTurns } from './fair.turn';

/** Claims everything by turn; who was served, in order. Runs come with their number of tasks and when they come. */
function served(...runs: { name: string; tasks: number; after?: number }[]): string[] {
  const queue: { name: string; turn: number }[] = [];
  const order: string[] = [];
  const waiting = [...runs];
  for (let current = 0; ;) {
    for (const run of waiting.filter(({ after = 0 }) => after <= order.length)) {
      waiting.splice(waiting.indexOf(run), 1);
      nextTurns({ current, lastOfRun: 0 }, run.tasks).forEach((turn) => queue.push({ name: run.name, turn }));
    }
    queue.sort((a, b) => a.turn - b.turn);
    const next = queue.shift();
    if (!next) return order;
    current = next.turn;
    order.push(next.name);
  }
}

describe('turns', () => {
  it('let a run of three through beside a large one (12)', () => {
    const order = served({ name: 'large', tasks: 1_000 }, { name: 'small', tasks: 3 });
    expect(order.lastIndexOf('small')).toBeLessThan(7);
  });

  it('let a run that comes late begin at once, and give it no more than its share', () => {
    const order = served({ name: 'large', tasks: 1_000 }, { name: 'late', tasks: 100, after: 500 });
    expect(order.indexOf('late')).toBeLessThan(503);
    expect(order.slice(500, 700).filter((name) => name === 'late').length).toBeLessThanOrEqual(101);
    expect(order.slice(500, 600).filter((name) => name === 'large').length).toBeGreaterThanOrEqual(49);
  });

  it('go on behind those the run was given already', () => {
    expect(nextTurns({ current: 5, lastOfRun: 9 }, 2)).toEqual([10, 11]);
    expect(nextTurns({ current: 20, lastOfRun: 9 }, 2)).toEqual([21, 22]);
  });
});
