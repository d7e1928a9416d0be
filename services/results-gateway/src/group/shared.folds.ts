import { FoldTurns } from '../stream/fold.turns';

/** Each reads a whole log; 100,000 rows with their results are some hundred megabytes while they are put together. */
const foldsAtOnce = 4;

/**
 * Folds of groups for readers that come together, as all of them do while Postgres is away. A reader joins a fold of its group
 * that has not begun: one that has may miss what was written before this reader asked.
 */
export class SharedFolds<T> {
  private readonly turns = new FoldTurns({ running: foldsAtOnce, kept: 0 });
  private readonly waiting = new Map<string, Promise<T>>();

  constructor(private readonly fold: (groupId: string) => Promise<T>) {}

  of(groupId: string): Promise<T> {
    const known = this.waiting.get(groupId);
    if (known) return known;
    const result = this.inTurn(groupId);
    this.waiting.set(groupId, result);
    return result;
  }

  private async inTurn(groupId: string): Promise<T> {
    await this.turns.take();
    this.waiting.delete(groupId);
    try {
      return await this.fold(groupId);
    } finally {
      this.turns.give();
    }
  }
}
