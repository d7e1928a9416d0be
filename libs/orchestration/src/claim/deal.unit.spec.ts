import fc from 'fast-check';
import { dealt } from './deal';

it('deals one after the other, and to nobody more than he asked for', () => {
  expect(dealt([1, 2, 3, 4, 5], [2, 1, 9])).toEqual([[1, 4], [2], [3, 5]]);
  expect(dealt([1], [3, 3])).toEqual([[1], []]);
  expect(dealt([1, 2, 3], [1])).toEqual([[1]]);
});

it('gives away everything that anybody asked for, each once and in its order', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.array(fc.nat(20), { minLength: 1, maxLength: 10 }), (count, limits) => {
      const things = Array.from({ length: count }, (_, i) => i);
      const hands = dealt(things, limits);
      const asked = limits.reduce((sum, limit) => sum + limit, 0);
      expect(hands.flat().sort((a, b) => a - b)).toEqual(things.slice(0, asked));
      hands.forEach((hand, i) => expect(hand.length).toBeLessThanOrEqual(limits[i]!));
      hands.forEach((hand) => expect(hand).toEqual([...hand].sort((a, b) => a - b)));
    }),
  );
});
