import { SharedFolds } from './shared.folds';

/** Folds that end when they are told to. */
function controlled() {
  const begun: { groupId: string; end: (result: string) => void; fail: (error: Error) => void }[] = [];
  const folds = new SharedFolds(
    (groupId) => new Promise<string>((end, fail) => void begun.push({ groupId, end, fail })),
  );
  return { begun, folds };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('folds of the log', () => {
  it('are shared by readers of one group that come together, and not with one that comes later', async () => {
    const { begun, folds } = controlled();
    const together = [folds.of('a'), folds.of('a')];
    await settled();
    const later = folds.of('a');
    await settled();
    expect(begun).toHaveLength(2);
    begun[0]!.end('first');
    begun[1]!.end('second');
    expect(await Promise.all([...together, later])).toEqual(['first', 'first', 'second']);
  });

  it('are four at once, whatever the number of readers and groups', async () => {
    const { begun, folds } = controlled();
    const all = Array.from({ length: 100 }, (_, i) => folds.of(`group ${i % 10}`));
    await settled();
    for (let done = 0; done < 10; done++) {
      expect(begun.length).toBe(Math.min(10, done + 4));
      begun[done]!.end(begun[done]!.groupId);
      await settled();
    }
    expect(new Set(await Promise.all(all)).size).toBe(10);
  });

  it('that fail give their turn on', async () => {
    const { begun, folds } = controlled();
    const failing = Array.from({ length: 4 }, (_, i) => folds.of(`${i}`).catch((error: Error) => error.message));
    await settled();
    for (const fold of begun) fold.fail(new Error('no log'));
    expect(await Promise.all(failing)).toEqual(Array(4).fill('no log'));
    const next = folds.of('next');
    await settled();
    begun.at(-1)!.end('done');
    expect(await next).toBe('done');
  });
});
