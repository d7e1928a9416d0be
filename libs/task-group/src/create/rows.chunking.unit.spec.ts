import fc from 'fast-check';
import type { RowInput } from '@multitask/contracts';
import { RowChunks, type RowChunk } from './rows.chunking';

const chunksOf = (inputs: readonly RowInput[]): RowChunk[] => {
  const chunks = new RowChunks();
  const full = inputs.map((input) => chunks.add(input));
  return [...full, chunks.close()].filter((chunk) => chunk !== undefined);
};

describe('chunks of rows', () => {
  it('hold every row once, in order, none empty, each below 200 KiB unless it is a single row', () => {
    const row = fc.oneof(
      fc.nat(400_000).map((size) => 'x'.repeat(size)),
      fc.record({ name: fc.string() }),
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), (inputs) => {
        const chunks = chunksOf(inputs);
        expect(chunks.flatMap((chunk) => chunk.inputs)).toEqual(inputs);
        let next = 0;
        for (const chunk of chunks) {
          expect(chunk.firstRow).toBe(next);
          expect(chunk.inputs.length).toBeGreaterThan(0);
          const size = JSON.stringify(chunk.inputs).length;
          expect(size <= 210 * 1024 || chunk.inputs.length === 1).toBe(true);
          next += chunk.inputs.length;
        }
      }),
      { numRuns: 50 },
    );
  });

  it('hold at most 2,000 rows', () => {
    expect(chunksOf(Array.from({ length: 4_500 }, () => 'x')).map((chunk) => chunk.inputs.length)).toEqual([
      2_000, 2_000, 500,
    ]);
  });
});
