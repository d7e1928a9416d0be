import { paceText as firstPaceText, statusOrder as firstOrder } from '@multitask/result-formats';
import fc from 'fast-check';
import { paceText } from '../assets/page/data/pace';
import { statusOrder } from '../assets/page/data/row.order';

// A browser cannot load our libraries, so the page's script has its own: a reader must not see words or order change when it takes over.
describe('the first paint and the script', () => {
  it('say the same of any pace', () => {
    const figure = fc.oneof(
      fc.double({ min: 0, max: 1e7, noNaN: true }),
      fc.double({ min: 0, max: 120, noNaN: true }),
      fc.nat({ max: 10_000 }),
    );
    fc.assert(
      fc.property(figure, figure, (rowsPerMinute, secondsLeft) => {
        expect(paceText(rowsPerMinute, secondsLeft)).toBe(firstPaceText({ rowsPerMinute, secondsLeft }));
      }),
    );
  });

  it('have the statuses in the same order', () => {
    expect(statusOrder).toEqual(firstOrder);
  });
});
