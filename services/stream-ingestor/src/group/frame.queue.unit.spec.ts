import { setImmediate as turn } from 'node:timers/promises';
import type { GroupFrame } from '@multitask/parallel-client';
import { portions } from './frame.queue';

const frame = (n: number, bytes = 100): GroupFrame => ({
  kind: 'run',
  run: { run_id: `trun_${n}`, status: 'running' },
  bytes,
});
const ids = (frames: readonly GroupFrame[]) =>
  frames.map((each) => (each.kind === 'run' ? each.run.run_id : each.kind));

async function* stream(count: number, bytes: number, seen: { produced: number }, failure?: Error) {
  for (let n = 0; n < count; n++) {
    seen.produced++;
    yield frame(n, bytes);
  }
  if (failure) throw failure;
}

describe('portions of a stream', () => {
  it('hold everything, once and in order, and no more than one append takes', async () => {
    const all: string[] = [];
    for await (const portion of portions(stream(500, 100, { produced: 0 }))) {
      expect(portion.length).toBeLessThanOrEqual(200);
      all.push(...ids(portion));
      await turn();
    }
    expect(all).toEqual(Array.from({ length: 500 }, (_, n) => `trun_${n}`));
  });

  it('stay small in bytes; a huge frame is alone', async () => {
    const sizes: number[] = [];
    const megabytes = 3 * 1024 * 1024;
    for await (const portion of portions(stream(6, megabytes, { produced: 0 }))) sizes.push(portion.length);
    expect(sizes).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('make the stream wait when nobody takes them', async () => {
    const seen = { produced: 0 };
    const taking = portions(stream(10_000, 100, seen));
    await taking.next();
    for (let i = 0; i < 50; i++) await turn();
    expect(seen.produced).toBeLessThan(800);
    await taking.return(undefined);
  });

  it('end with the failure of the stream, after all that came before it', async () => {
    const all: string[] = [];
    const reading = (async () => {
      for await (const portion of portions(stream(3, 100, { produced: 0 }, new Error('cut'))))
        all.push(...ids(portion));
    })();
    await expect(reading).rejects.toThrow('cut');
    expect(all).toHaveLength(3);
  });
});
