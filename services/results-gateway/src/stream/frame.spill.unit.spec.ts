import { eventually } from '@multitask/testing';
import fc from 'fast-check';
import { SpoolSpace } from '../export/spool.space';
import { TemporaryFile } from '../export/temporary.file';
import { FrameSpill, type SpilledPiece } from './frame.spill';
import type { StreamEntry } from './stream-entry';

const eventOf = (seq: number, sizes: readonly number[]): StreamEntry[] =>
  sizes.map((size, i) => ({ seq, bytes: Buffer.alloc(size, `${seq}.${i} `), frames: i + 1, rows: [] }));
const bytesOf = (events: readonly StreamEntry[][]): Buffer => Buffer.concat(events.flat().map(({ bytes }) => bytes));

const read = async (spill: FrameSpill, after: number): Promise<SpilledPiece[]> => {
  const pieces: SpilledPiece[] = [];
  for await (const piece of spill.after(after)) pieces.push(piece);
  return pieces;
};

describe('frames that a ring keeps no longer', () => {
  let space: SpoolSpace;
  let spill: FrameSpill;
  const open = (limits?: Partial<ConstructorParameters<typeof FrameSpill>[2]>, bytes?: number) => {
    space = new SpoolSpace(bytes);
    const waitingBytes = 64 * 1024 * 1024;
    spill = new FrameSpill(10, space, { fileBytes: 400_000, bytes: 100_000_000, waitingBytes, ...limits });
  };
  afterEach(async () => {
    await spill.close();
    expect(space.inUse).toBe(0);
  });

  it('are given from any position on, whole events in order, in memory or on disk, while more come', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(sizes, { minLength: 1, maxLength: 20 }),
        fc.nat({ max: 20 }),
        fc.nat({ max: 20 }),
        async (plan, before, from) => {
          open();
          const events = plan.map((each, i) => eventOf(12 + 2 * i, each));
          for (const event of events.slice(0, before)) spill.push(event);
          const position = 11 + 2 * Math.min(from, events.length);
          const pieces: SpilledPiece[] = [];
          let pushed = Math.min(before, events.length);
          for (;;) {
            let reached = pieces.at(-1)?.seq ?? position;
            for await (const piece of spill.after(reached)) {
              pieces.push(piece);
              reached = piece.seq;
              if (pushed < events.length) spill.push(events[pushed++]!);
            }
            if (pushed === events.length && reached >= Math.max(position, 10 + 2 * events.length)) break;
            if (pushed < events.length) spill.push(events[pushed++]!);
          }
          const expected = events.filter(([first]) => first!.seq > position);
          expect(Buffer.concat(pieces.map(({ bytes }) => bytes)).equals(bytesOf(expected))).toBe(true);
          expect(pieces.reduce((sum, { frames }) => sum + frames, 0)).toBe(
            expected.flat().reduce((sum, { frames }) => sum + frames, 0),
          );
          await spill.close();
          expect(space.inUse).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('are covered from where the tail began', async () => {
    open();
    expect(spill.covers(9)).toBe(false);
    expect(spill.covers(10)).toBe(true);
    expect(await read(spill, 10)).toEqual([]);
    await spill.close();
    expect(spill.covers(10)).toBe(false);
  });

  it('are forgotten by the file, the oldest first, when they become too many', async () => {
    open({ bytes: 800_000 });
    const events = Array.from({ length: 40 }, (_, i) => eventOf(11 + i, [50_000]));
    for (const event of events) {
      spill.push(event);
      // What is written is no longer in memory.
      await read(spill, event[0]!.seq - 1);
    }
    expect(spill.covers(10)).toBe(false);
    const oldest = Array.from({ length: 40 }, (_, i) => 10 + i).find((seq) => spill.covers(seq))!;
    expect(oldest).toBeLessThan(45);
    expect(await read(spill, 10)).toEqual([]);
    const kept = (await read(spill, oldest)).map(({ bytes }) => bytes);
    expect(Buffer.concat(kept).equals(bytesOf(events.slice(oldest - 10)))).toBe(true);
    expect(space.inUse).toBeLessThanOrEqual(800_000);
  });

  it('take no more room than all tails together may have, and begin anew where there is none', async () => {
    open({}, 300_000);
    for (let seq = 11; seq < 40; seq++) spill.push(eventOf(seq, [100_000]));
    expect(space.inUse).toBeLessThanOrEqual(300_000);
    expect(spill.covers(10)).toBe(false);
    const last = (await read(spill, 38)).map(({ bytes }) => bytes);
    expect(Buffer.concat(last).equals(bytesOf([eventOf(39, [100_000])]))).toBe(true);
  });

  it('do not gather in memory before a disk that is slower than they come', async () => {
    open({ waitingBytes: 300_000 });
    // All in one go: nothing is written in between.
    for (let seq = 11; seq < 30; seq++) spill.push(eventOf(seq, [130_000]));
    expect(spill.covers(10)).toBe(false);
    expect(spill.covers(29)).toBe(true);
    // Once that is written, as if nothing had been.
    let seq = 30;
    await eventually(() => {
      spill.push(eventOf(seq++, [130_000]));
      return spill.covers(seq - 6);
    });
  });

  it('are kept again once others gave room back', async () => {
    open({}, 300_000);
    space.take(250_000);
    for (let seq = 11; seq < 100; seq++) spill.push(eventOf(seq, [130_000]));
    expect(spill.covers(97)).toBe(false);
    space.giveBack(250_000);
    for (let seq = 100; seq < 102; seq++) spill.push(eventOf(seq, [130_000]));
    expect(spill.covers(99)).toBe(true);
  });

  it('of one event larger than a block are read in small pieces, none of which ends it but the last', async () => {
    open({ waitingBytes: 100_000 });
    const large = eventOf(
      12,
      Array.from({ length: 30 }, () => 60_000),
    );
    spill.push(eventOf(11, [10]));
    spill.push(large);
    const check = async () => {
      const pieces = await read(spill, 10);
      expect(Math.max(...pieces.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(128 * 1024);
      expect(pieces.map(({ seq }) => seq)).toEqual([...pieces.slice(1).map(() => 11), 12]);
      const all = Buffer.concat(pieces.map(({ bytes }) => bytes));
      expect(all.equals(bytesOf([eventOf(11, [10]), large]))).toBe(true);
    };
    await check();
    spill.push(eventOf(13, [10]));
    await eventually(() => space.inUse > 1_000_000);
    expect((await read(spill, 12)).map(({ seq }) => seq)).toEqual([13]);
    expect(spill.covers(10)).toBe(true);
  });

  it('are no reason to fall when no file can be opened', async () => {
    space = new SpoolSpace();
    let opened = 0;
    const openFile = () => (opened++ === 0 ? TemporaryFile.open() : Promise.reject(new Error('no more files')));
    const limits = { fileBytes: 200_000, bytes: 100_000_000, waitingBytes: 100_000_000 };
    spill = new FrameSpill(10, space, limits, openFile);
    // The second file fails while the first is still written.
    for (let seq = 11; seq < 16; seq++) spill.push(eventOf(seq, [190_000]));
    await eventually(() => !spill.covers(10));
    expect(opened).toBeGreaterThan(1);
    expect(spill.covers(15)).toBe(true);
  });

  it('end early for a reader whose place is forgotten while it takes its time', async () => {
    open({ bytes: 800_000 });
    for (let seq = 11; seq < 16; seq++) spill.push(eventOf(seq, [130_000]));
    const reading = spill.after(10);
    await reading.next();
    for (let seq = 16; seq < 40; seq++) spill.push(eventOf(seq, [130_000]));
    const rest: number[] = [];
    for await (const { seq } of reading) rest.push(seq);
    // Never with a gap.
    expect(rest).toEqual(rest.map((_, i) => 12 + i));
    expect(rest.length).toBeLessThan(10);
  });
});
