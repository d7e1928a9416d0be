import fc from 'fast-check';
import { applyToView, emptyFold } from '../view/group-view.projection';
import { groupId } from './ingest.scenario';
import { PurchaseSimulation } from './purchase.simulation';
import { defaultPolicy, policyOf, type IngestPolicy } from './policy';

// Extremes matter most: at once, at the last moment, just below what kills.
const chance = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.6, 0.84, 1));
const chances = fc.array(chance, { minLength: 0, maxLength: 150 });
const small = policyOf({ rowsPerBatch: 3 });

const keysBoughtTwice = (simulation: PurchaseSimulation) => {
  const keys = simulation.bought.map(({ key }) => key);
  return keys.filter((key, i) => keys.indexOf(key) !== i);
};

describe('buying through crashes, lost answers and half-accepted batches', () => {
  it('never buys a row twice, forgets none and comes to an end', () => {
    fc.assert(
      fc.property(chances, (luck) => {
        const simulation = new PurchaseSimulation(8, luck, small).run();
        expect(keysBoughtTwice(simulation)).toEqual([]);
        expect(new Set(simulation.bought.map(({ key }) => key)).size).toBe(8);
        const { view } = simulation.log.reduce(applyToView, emptyFold(groupId));
        expect(view!.counts).toEqual({ completed: 8 });
        expect(view!.surplusRuns).toBe(0);
      }),
      { numRuns: 400 },
    );
  });

  it.each<[string, Partial<IngestPolicy>]>([
    ['keys are asked for again before an accepted batch must be listed', { requestAgainMs: 40_000 }],
    ['nobody waits at all', { requestAgainMs: 0 }],
  ])('would buy twice if %s: the simulation can tell', (_, change) => {
    const reckless: IngestPolicy = { ...small, ...change };
    const outcome = fc.check(
      fc.property(chances, (luck) => keysBoughtTwice(new PurchaseSimulation(8, luck, reckless).run()).length === 0),
      { numRuns: 3_000 },
    );
    expect(outcome.failed).toBe(true);
  });

  it('buys each row once when nothing goes wrong', () => {
    const simulation = new PurchaseSimulation(8, [], { ...defaultPolicy, rowsPerBatch: 3 }).run();
    expect(simulation.bought.map(({ key }) => key)).toEqual(['0.1', '1.1', '2.1', '3.1', '4.1', '5.1', '6.1', '7.1']);
  });
});
