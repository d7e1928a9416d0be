import { Turns } from './turns';

describe('turns', () => {
  it('are as many as are allowed, in order, and are handed on by what fails as well', async () => {
    const turns = new Turns(2);
    const begun: number[] = [];
    const ends = new Map<number, (error?: Error) => void>();
    const work = (n: number) =>
      turns.run(() => {
        begun.push(n);
        return new Promise<number>((resolve, reject) => ends.set(n, (error) => (error ? reject(error) : resolve(n))));
      });
    const all = [1, 2, 3, 4, 5].map(work);
    expect(begun).toEqual([1, 2]);
    ends.get(2)!(new Error('no'));
    await expect(all[1]).rejects.toThrow('no');
    expect(begun).toEqual([1, 2, 3]);
    for (const n of [1, 3]) ends.get(n)!();
    expect(await Promise.all([all[0], all[2]])).toEqual([1, 3]);
    expect(begun).toEqual([1, 2, 3, 4, 5]);
    for (const n of [4, 5]) ends.get(n)!();
    await Promise.all([all[3], all[4]]);
    await expect(turns.run(() => Promise.resolve('free'))).resolves.toBe('free');
  });
});
