import type { KnownLoss } from '@multitask/read-model';
import { LossBook } from './loss.book';

const loss = (losses: string[], isWhole = false): KnownLoss => ({
  noticedAt: new Date('2026-11-21T23:59:00Z'),
  isWhole,
  losses,
});

function bookOf(known: KnownLoss[], fails = false) {
  const asked: string[] = [];
  const book = new LossBook({
    isAny: async () => {
      asked.push('any');
      if (fails) throw new Error('away');
      return known.length > 0;
    },
    ofGroup: async (groupId) => {
      asked.push(groupId);
      return known;
    },
  });
  return { book, asked };
}

describe('what a group lost', () => {
  it('is said in one sentence, with rows as people count them', async () => {
    const { book } = bookOf([loss(['generation 2 is lost', 'row 0: its output is lost', 'row 11: attempt 2 is lost'])]);
    expect(await book.warningsOf('g', '1')).toEqual([
      {
        code: 'log_set_back',
        message:
          'The service’s log was set back to an older copy on 2026-11-21. What could not be restored of this group: generation 2 is lost; row 1: its output is lost; row 12: attempt 2 is lost.',
      },
    ]);
    expect(await book.lostOn('g', '1')).toBeUndefined();
  });

  it('is not told to its end when there is much of it', async () => {
    const { book } = bookOf([loss(Array.from({ length: 20 }, (_, row) => `row ${row}: it is lost`))]);
    const [warning] = await book.warningsOf('g', '1');
    expect(warning!.message).toMatch(/row 5: it is lost; and more\.$/);
  });

  it('may be all of it', async () => {
    const { book } = bookOf([loss([], true)]);
    expect(await book.lostOn('g', '1')).toBe('2026-11-21');
    expect(await book.warningsOf('g', '1')).toEqual([]);
  });

  it('is asked for once where nothing was lost, and again after another repair', async () => {
    const { book, asked } = bookOf([]);
    for (const incarnation of ['1', '1', '2', '2']) expect(await book.warningsOf('g', incarnation)).toEqual([]);
    expect(asked).toEqual(['any', 'any']);
  });

  it('is seen though somebody asked while the repair was still under way', async () => {
    const now = jest.spyOn(Date, 'now').mockReturnValue(1_000_000);
    const known: KnownLoss[] = [];
    const { book, asked } = bookOf(known);
    expect(await book.warningsOf('g', '1')).toEqual([]);
    // The repair ends, and the log keeps the incarnation that it was given at the beginning.
    known.push(loss(['row 0: its output is lost']));
    now.mockReturnValue(1_005_000);
    expect(await book.warningsOf('g', '1')).toHaveLength(1);
    now.mockReturnValue(9_000_000);
    expect(await book.warningsOf('g', '1')).toHaveLength(1);
    expect(asked.filter((question) => question === 'any')).toHaveLength(2);
    now.mockRestore();
  });

  it('keeps nobody waiting for a database that is away', async () => {
    const { book, asked } = bookOf([], true);
    expect(await book.warningsOf('g', '1')).toEqual([]);
    expect(await book.lostOn('g', '1')).toBeUndefined();
    expect(asked).toEqual(['any']);
  });
});
