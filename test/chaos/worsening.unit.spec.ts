import { compareRounds } from './worsening';

describe('rounds with a disturbance beside rounds without', () => {
  it('are worse when they take more than a fifth longer, each of them longer than all of the others', () => {
    expect(compareRounds([130, 150, 140], [100, 110, 120])).toEqual({
      ratio: 140 / 110,
      figures: '130, 150, 140 and 100, 110, 120 ms, ratio 1.27',
      isWorse: true,
    });
  });

  it('are not when the ranges overlap, or when it is less', () => {
    expect(compareRounds([115, 200, 180], [100, 110, 120]).isWorse).toBe(false);
    expect(compareRounds([125, 126, 127], [120, 121, 122]).isWorse).toBe(false);
  });

  it('are when there is nothing to compare', () => {
    expect(compareRounds([], [100]).isWorse).toBe(true);
    expect(compareRounds([100, Number.NaN], [Number.NaN]).isWorse).toBe(true);
  });
});
