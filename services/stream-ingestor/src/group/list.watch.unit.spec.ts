import { ListWatch } from './list.watch';

const started = (stillMs: number): ListWatch => {
  const watch = new ListWatch(stillMs);
  watch.start();
  return watch;
};
const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }));
const nothing = async () => {};

describe('the watch over a list of runs', () => {
  it('ends a list that says nothing', async () => {
    expect(await aborted(started(5).tooLong)).toMatchObject({ reason: 'endless' });
  });

  it('ends a list that only repeats itself', async () => {
    const watch = started(40);
    const over = aborted(watch.tooLong);
    const startedAt = performance.now();
    const repeating = setInterval(() => void watch.pausedWhile(nothing, { moved: false, runs: 1 }), 5);
    expect(await over).toMatchObject({ reason: 'endless' });
    clearInterval(repeating);
    watch.stop();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('lets a list go on that shows something new, and does not count the time the log takes', async () => {
    const watch = started(200);
    for (let runs = 1; runs < 6; runs++)
      await watch.pausedWhile(() => new Promise((resolve) => setTimeout(resolve, 60)), { moved: true, runs });
    expect(watch.tooLong.aborted).toBe(false);
    watch.stop();
  });

  it('ends a list with more runs than any group has', async () => {
    const watch = started(60_000);
    await watch.pausedWhile(nothing, { moved: true, runs: 1_000_001 });
    expect(watch.tooLong.reason).toMatchObject({ reason: 'endless' });
  });
});
