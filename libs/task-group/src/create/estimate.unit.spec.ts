import { checkCost, checkRowCount, estimateOf } from './estimate';

const nobody = { caller: undefined, operator: undefined };

describe('the estimate', () => {
  it('is rows times the processor’s price, without the dust of binary fractions', () => {
    expect(estimateOf(3, 'lite')).toEqual({ cost_usd: 0.015, usd_per_run: 0.005, seconds: { min: 10, max: 120 } });
    expect(estimateOf(1_000, 'ultra8x').cost_usd).toBe(2_400);
  });

  it('adds the time it takes to buy many rows', () => {
    expect(estimateOf(18_000, 'lite').seconds).toEqual({ min: 610, max: 720 });
  });

  it('is unknown for an unknown processor', () => {
    expect(estimateOf(3, 'mystery')).toEqual({ cost_usd: null, usd_per_run: null, seconds: null });
  });

  it('is refused when above what the caller or the operator allows, whichever is less', () => {
    const check = (allowed: { caller?: number; operator?: number }) => () =>
      checkCost(estimateOf(100, 'core'), 100, 'core', { ...nobody, ...allowed });
    expect(check({ caller: 2.5 })).not.toThrow();
    expect(check({})).not.toThrow();
    expect(check({ caller: 2.49 })).toThrow(/2\.5 USD, above max_cost_usd of 2\.49 USD/);
    expect(check({ caller: 100, operator: 1 })).toThrow(/above the operator’s limit of 1 USD/);
  });

  it('is refused when nobody can tell and somebody cares', () => {
    const unknown = estimateOf(1, 'mystery');
    expect(() => checkCost(unknown, 1, 'mystery', nobody)).not.toThrow();
    expect(() => checkCost(unknown, 1, 'mystery', { ...nobody, caller: 5 })).toThrow(/not known/);
  });
});

describe('the number of rows', () => {
  it.each([
    [0, undefined, 'invalid_inputs', 'inputs'],
    [11, 10, 'invalid_inputs', 'max_inputs'],
    [21, undefined, 'too_large', 'inputs'],
  ])('%i with max_inputs %s is refused', (rows, maxInputs, code, field) => {
    expect(() => checkRowCount(rows, maxInputs, 20)).toThrow(expect.objectContaining({ code, details: { field } }));
  });

  it('may be just at the limits', () => {
    expect(() => checkRowCount(10, 10, 20)).not.toThrow();
    expect(() => checkRowCount(20, undefined, 20)).not.toThrow();
  });
});
