import { ListWatch } from './list.watch';

const started = (stillMs: number): ListWatch => {
  const watch = new ListWatch(stillMs);
  watch.start();
  return watch;
};
const nothing = async () => {};
const working = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('the watch over a list of runs', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('ends a list that says nothing', async () => {
    const watch = started(1_000);
    await jest.advanceTimersByTimeAsync(999);
    expect(watch.tooLong.aborted).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(watch.tooLong.reason).toMatchObject({ reason: 'endless' });
  });

  it('ends a list that only repeats itself', async () => {
    const watch = started(1_000);
    for (let ms = 0; ms < 1_000; ms += 100) {
      expect(watch.tooLong.aborted).toBe(false);
      await jest.advanceTimersByTimeAsync(100);
      await watch.pausedWhile(nothing, { moved: false, runs: 1 });
    }
    await jest.advanceTimersByTimeAsync(1);
    expect(watch.tooLong.reason).toMatchObject({ reason: 'endless' });
  });

  it('lets a list go on that shows something new, and does not count the time the log takes', async () => {
    const watch = started(1_000);
    for (let runs = 1; runs < 6; runs++) {
      await jest.advanceTimersByTimeAsync(900);
      const paused = watch.pausedWhile(working(5_000), { moved: true, runs });
      await jest.advanceTimersByTimeAsync(5_000);
      await paused;
    }
    expect(watch.tooLong.aborted).toBe(false);
    watch.stop();
  });

  it('ends a list with more runs than any group has', async () => {
    const watch = started(60_000);
    await watch.pausedWhile(nothing, { moved: true, runs: 1_000_001 });
    expect(watch.tooLong.reason).toMatchObject({ reason: 'endless' });
  });
});
