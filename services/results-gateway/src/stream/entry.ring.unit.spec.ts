import fc from 'fast-check';
import { EntryRing } from './entry.ring';
import type { StreamEntry } from './stream-entry';

const entry = (seq: number, size: number): StreamEntry => ({ seq, bytes: Buffer.alloc(size), frames: 1, rows: [] });

describe('the ring of entries', () => {
  it('keeps the newest within its bytes, and knows from where on it is complete', () => {
    const sizes = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.integer({ min: 1, max: 60 })), { maxLength: 80 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 200 }), fc.nat({ max: 300 }), (steps, maxBytes, asked) => {
        const ring = new EntryRing(10, maxBytes);
        const all: StreamEntry[] = [];
        let seq = 11;
        for (const [gap, size] of steps) {
          // Several entries may be of one event: the sequence then stays.
          seq += gap;
          all.push(entry(seq, size));
          ring.push(all.at(-1)!);
        }
        const kept = all.slice(ring.start);
        const gone = all.slice(0, ring.start);
        expect(ring.end).toBe(all.length);
        expect(ring.bytes).toBe(all.reduce((sum, { bytes }) => sum + bytes.length, 0));
        const bytes = kept.reduce((sum, { bytes: { length } }) => sum + length, 0);
        expect(bytes <= maxBytes || kept.length === 1).toBe(true);
        expect(ring.bytesFrom(0)).toBe(bytes);
        kept.forEach((expected, i) => expect(ring.at(ring.start + i)).toBe(expected));
        expect(ring.at(ring.start - 1)).toBeUndefined();
        expect(ring.at(ring.end)).toBeUndefined();
        // Covered means: nothing that follows has been let go.
        expect(ring.covers(asked)).toBe(asked >= 10 && !gone.some((old) => old.seq > asked));
        if (ring.covers(asked)) expect(ring.at(ring.placeAfter(asked))).toBe(all.find((found) => found.seq > asked));
      }),
    );
  });
});
