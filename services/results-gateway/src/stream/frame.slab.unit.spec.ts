import fc from 'fast-check';
import { adjoins, FrameSlab, spanOf } from './frame.slab';

const lengths = fc.array(fc.oneof(fc.nat({ max: 3_000 }), fc.integer({ min: 60_000, max: 80_000 })), {
  minLength: 1,
  maxLength: 60,
});

describe('a slab of frames', () => {
  it('gives every buffer to one taker alone, and what adjoins can be had in one piece', () => {
    fc.assert(
      fc.property(lengths, (sizes) => {
        const slab = new FrameSlab();
        const taken = sizes.map((size, i) => slab.take(size).fill(i + 1));
        taken.forEach((bytes, i) => expect(bytes.equals(Buffer.alloc(sizes[i]!, i + 1))).toBe(true));
        for (let i = 1; i < taken.length; i++) {
          const [before, after] = [taken[i - 1]!, taken[i]!];
          if (adjoins(before, after)) expect(spanOf(before, after).equals(Buffer.concat([before, after]))).toBe(true);
        }
      }),
    );
  });

  it('lays small ones together, in slabs that begin with 4 KiB and grow to 64', () => {
    const slab = new FrameSlab();
    const taken = Array.from({ length: 1_000 }, () => slab.take(200));
    const slabs = new Map(taken.map(({ buffer }) => [buffer, buffer.byteLength]));
    expect([...slabs.values()]).toEqual([4, 8, 16, 32, 64, 64, 64].map((kib) => kib * 1_024).slice(0, slabs.size));
    const gaps = taken.slice(1).filter((bytes, i) => !adjoins(taken[i]!, bytes));
    expect(gaps).toHaveLength(slabs.size - 1);
  });
});
