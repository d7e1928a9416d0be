import fc from 'fast-check';
import { LogClock } from './log.clock';

describe('the log’s time as we can tell it', () => {
  it('is never ahead of the log, however long its timestamp took to arrive', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(100_000), fc.nat(1e9), (delay, later, monotonicStart) => {
        let passed = 0;
        const stamped = 1_700_000_000_000;
        passed += delay;
        const clock = new LogClock(stamped, () => monotonicStart + passed);
        passed += later;
        const trueNow = stamped + delay + later;
        expect(clock.now()).toBeLessThanOrEqual(trueNow);
        expect(trueNow - clock.now()).toBe(delay);
      }),
    );
  });
});
