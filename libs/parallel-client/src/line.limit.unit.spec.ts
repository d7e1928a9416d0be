import fc from 'fast-check';
import { LineLimit } from './line.limit';

describe('the limit of a line', () => {
  it('cuts every longer line once, in whatever pieces it comes, and leaves the others alone', () => {
    const lines = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 12 }), { maxLength: 8 });
    const end = fc.constantFrom('\n', '\r\n');
    fc.assert(
      fc.property(lines, end, fc.array(fc.integer({ min: 1, max: 7 })), (all, lineEnd, sizes) => {
        const text = all.map((line) => line + lineEnd).join('');
        const limit = new LineLimit(5);
        let passed = '';
        let at = 0;
        for (const size of [...sizes, text.length]) passed += limit.pass(text.slice(at, (at += size)));
        expect(passed).toBe(all.map((line) => line.slice(0, 5) + lineEnd).join(''));
        expect(limit.cutLines).toBe(all.filter((line) => line.length > 5).length);
      }),
    );
  });
});
