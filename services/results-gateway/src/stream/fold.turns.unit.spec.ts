import { FoldTurns } from './fold.turns';

const never = new Promise<void>(() => {});
const settled = async (promise: Promise<void>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))]);

describe('turns at folding', () => {
  it('are as many as are allowed, and are handed on in order', async () => {
    const turns = new FoldTurns({ running: 2, kept: 8 });
    await Promise.all([turns.take(), turns.take()]);
    const [third, fourth] = [turns.take(), turns.take()];
    expect([await settled(third), await settled(fourth)]).toEqual([false, false]);
    turns.give();
    // Whoever comes in the meantime does not slip in before them.
    const fifth = turns.take();
    expect([await settled(third), await settled(fourth), await settled(fifth)]).toEqual([true, false, false]);
  });

  it('are free for others while a reader is waited for, and are taken again when it is there', async () => {
    const turns = new FoldTurns({ running: 1, kept: 8 });
    await turns.take();
    let drain!: () => void;
    const waiting = turns.waitFor(new Promise((resolve) => (drain = resolve)), () => {});
    const other = turns.take();
    expect(await settled(other)).toBe(true);
    drain();
    expect(await settled(waiting)).toBe(false);
    turns.give();
    expect(await settled(waiting)).toBe(true);
    const last = turns.take();
    expect(await settled(last)).toBe(false);
    turns.give();
    expect(await settled(last)).toBe(true);
  });

  it('let the reader go that was waited for longest when too many are', async () => {
    const turns = new FoldTurns({ running: 1, kept: 2 });
    const gone: string[] = [];
    for (const name of ['first', 'second', 'third', 'fourth']) {
      await turns.take();
      void turns.waitFor(never, () => void gone.push(name));
    }
    expect(gone).toEqual(['first', 'second']);
  });
});
