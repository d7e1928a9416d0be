import fc from 'fast-check';
import { seededRandom } from '../research/random';
import { Places } from './places';
import { processors } from './processor';
import { planRun } from './run.plan';

const plan = (words: string, more: Partial<Parameters<typeof planRun>[0]> = {}) =>
  planRun({
    processor: processors.get('core')!,
    random: seededRandom(words),
    readyAt: 1_000,
    speed: 60,
    failingRate: 0,
    occupy: (readyAt) => readyAt,
    ...more,
  });

describe('the plan of a run', () => {
  it('stays within the latencies of its processor, divided by the speed', () => {
    for (let i = 0; i < 500; i++) {
      const { startAt, finishAt } = plan(`run ${i}`, { speed: 10 });
      expect(finishAt - startAt).toBeGreaterThanOrEqual((60 * 1_000) / 10);
      expect(finishAt - startAt).toBeLessThanOrEqual((300 * 1_000) / 10);
      expect(startAt).toBeGreaterThan(1_000);
    }
  });

  it('has about the median it is said to have', () => {
    const durations = Array.from({ length: 1_001 }, (_, i) => plan(`run ${i}`, { speed: 1 })).map(
      (p) => p.finishAt - p.startAt,
    );
    const median = durations.toSorted((a, b) => a - b)[500]!;
    expect(median).toBeGreaterThan(80_000);
    expect(median).toBeLessThan(100_000);
  });

  it('fails at the rate asked for, always the same runs for a seed', () => {
    const endings = () => Array.from({ length: 1_000 }, (_, i) => plan(`run ${i}`, { failingRate: 0.2 }).ending);
    const failed = endings().filter((ending) => ending === 'failed').length;
    expect(failed).toBeGreaterThan(150);
    expect(failed).toBeLessThan(250);
    expect(endings()).toEqual(endings());
    expect(plan('run', { failingRate: 1 }).ending).toBe('failed');
  });
});

describe('the places of a group', () => {
  it('never have more runs at work than places, and leave none idle while somebody waits', () => {
    const job = fc.record({ readyAt: fc.nat(100), duration: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(job, { maxLength: 40 }), (capacity, jobs) => {
        const places = new Places(capacity);
        const spans = jobs.map(({ readyAt, duration }) => {
          const start = places.occupy(readyAt, duration);
          expect(start).toBeGreaterThanOrEqual(readyAt);
          return { readyAt, start, end: start + duration };
        });
        spans.forEach(({ readyAt, start }, index) => {
          const earlier = spans.slice(0, index);
          expect(spans.filter((other) => other.start <= start && start < other.end).length).toBeLessThanOrEqual(
            capacity,
          );
          // Whoever waited did so because every place was taken until just then.
          if (start > readyAt)
            expect(earlier.filter((other) => other.end >= start).length).toBeGreaterThanOrEqual(capacity);
        });
      }),
    );
  });

  it('remember who was busy before a restart', () => {
    const places = new Places(2, [500, 900, 100]);
    expect(places.occupy(0, 10)).toBe(500);
    expect(places.occupy(0, 10)).toBe(510);
  });
});
