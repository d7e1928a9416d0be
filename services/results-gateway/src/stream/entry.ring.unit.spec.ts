import fc from 'fast-check';
import { EntryRing } from './entry.ring';
import { FrameSlab } from './frame.slab';
import type { StreamEntry } from './stream-entry';

const entry = (seq: number, size: number): StreamEntry => ({ seq, bytes: Buffer.alloc(size), frames: 1, rows: [] });

describe('the ring of entries', () => {
  it('keeps the newest within its bytes, and knows from where on it is complete', () => {
    const sizes = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.integer({ min: 1, max: 60 })), { maxLength: 80 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 200 }), fc.nat({ max: 300 }), (steps, maxBytes, asked) => {
        const letGo: StreamEntry[] = [];
        const ring = new EntryRing(10, maxBytes, (entries) => letGo.push(...entries));
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
        expect(bytes <= maxBytes || new Set(kept.map((one) => one.seq)).size === 1).toBe(true);
        expect(letGo).toEqual(gone);
        // An event is kept whole or not at all.
        expect(kept[0]?.seq).not.toBe(gone.at(-1)?.seq ?? -1);
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

  it('gives what follows a place in one piece of at most 64 KiB, whole entries and each once', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(sizes, (lengths) => {
        const ring = new EntryRing(0, 10_000_000);
        const slab = new FrameSlab();
        lengths.forEach((length, i) => ring.push({ ...entry(i + 1, 0), bytes: slab.take(length).fill(i) }));
        const pieces: Buffer[] = [];
        for (let place = ring.start; place < ring.end;) {
          const piece = ring.piece(place);
          expect(ring.piece(place)).toBe(piece);
          expect(piece.frames).toBe(piece.next - place);
          expect(piece.bytes.length <= 65_536 || piece.frames === 1).toBe(true);
          pieces.push(piece.bytes);
          place = piece.next;
        }
        const whole = Buffer.concat(lengths.map((length, i) => Buffer.alloc(length, i)));
        expect(Buffer.concat(pieces).equals(whole)).toBe(true);
      }),
    );
  });

  it('makes a piece anew when more has come', () => {
    const ring = new EntryRing(0, 1_000);
    const slab = new FrameSlab();
    ring.push({ ...entry(1, 0), bytes: slab.take(10) });
    expect(ring.piece(0).next).toBe(1);
    ring.push({ ...entry(2, 0), bytes: slab.take(10) });
    expect(ring.piece(0)).toMatchObject({ next: 2, frames: 2 });
  });
});
