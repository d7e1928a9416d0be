import { countsOf, progressLine } from './progress';

const result = (counts: Record<string, number>, active = true) => ({
  status: { num_task_runs: 4, task_run_status_counts: counts, is_active: active },
  results: [],
});

describe('the progress bar', () => {
  it('counts what will not change any more', () => {
    expect(countsOf(result({ completed: 1, failed: 1, rejected: 1, running: 1 }))).toEqual({
      total: 4,
      completed: 1,
      failed: 2,
      active: true,
    });
  });

  it.each([
    [{}, '[────────────────────────] 0/4'],
    [{ completed: 2 }, '[████████████────────────] 2/4'],
    [{ completed: 3, cancelled: 1 }, '[████████████████████████] 4/4, 1 failed'],
  ])('shows %j as %s', (counts, line) => {
    expect(progressLine(countsOf(result(counts)))).toBe(line);
  });
});
