import { event, limits, type RowInput } from '@multitask/contracts';
import fc from 'fast-check';
import { all, bare, newGroupId } from './event-log.contract';
import { InMemoryEventLog } from './memory.log';
import { batchLimits, splitForAppend } from './message.encoder';

const part = limits.eventPartBytes;

/** Sizes around the places where one more part begins, as text of one to four bytes a character. */
const inputs: fc.Arbitrary<RowInput> = fc
  .record({
    parts: fc.integer({ min: 0, max: 3 }),
    more: fc.integer({ min: -60, max: 60 }),
    character: fc.constantFrom('x', 'é', '漢', '😀', '"', '\u0000'),
  })
  .map(({ parts, more, character }) => {
    const size = Buffer.byteLength(JSON.stringify(character)) - 2;
    return character.repeat(Math.max(0, Math.floor((parts * part + more) / size)));
  });

const chunks = fc
  .array(inputs, { minLength: 1, maxLength: 4 })
  .map((rows) => rows.map((row, i) => event('RowsAccepted', { batch_id: 'b', first_row: i, inputs: [row] })));

describe('large events', () => {
  it('come back whole, whatever their sizes', async () => {
    await fc.assert(
      fc.asyncProperty(chunks, async (events) => {
        const log = new InMemoryEventLog();
        const group = newGroupId();
        const { firstSeq, lastSeq } = await log.append(group, events, 'any');
        const read = await all(log.readGroup(group));
        expect(read.map(bare)).toEqual(events.map(bare));
        expect([read[0]!.seq, read.at(-1)!.seq]).toEqual([firstSeq, lastSeq]);
      }),
      { numRuns: 40 },
    );
  });

  it('are split into appends that the log takes, in order', async () => {
    const rows = Array.from({ length: 450 }, (_, i) => ({ i }));
    const small = rows.map((row, i) => event('RowsAccepted', { batch_id: 'b', first_row: i, inputs: [row] }));
    const big = event('RowsAccepted', { batch_id: 'b', first_row: 0, inputs: ['x'.repeat(15 * 1024 * 1024)] });
    const events = [...small, big, big, big, big, big];
    const appends = splitForAppend(events);
    expect(appends.flat()).toEqual(events);
    expect(appends.length).toBeGreaterThan(3);
    const log = new InMemoryEventLog();
    for (const append of appends) {
      expect(append.length).toBeLessThanOrEqual(batchLimits.events);
      await log.append(newGroupId(), append, 'any');
    }
    expect(splitForAppend([])).toEqual([]);
  });
});
