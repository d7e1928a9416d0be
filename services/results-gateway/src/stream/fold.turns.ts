/**
 * Who may fold a group's log for a reader that was away. A fold reads the whole log and keeps the group in memory, so only some run
 * at once; a reader that does not take what it is sent gives its turn up until it does, so that no reader's pace holds up another.
 */
export class FoldTurns {
  private running = 0;
  private readonly queue: (() => void)[] = [];
  /** Folds that are kept for a reader that takes its time, the longest kept first; each with what lets that reader go. */
  private readonly kept = new Set<() => void>();

  /** 16 kept folds of 100,000 rows are half a gigabyte; those of ordinary groups are nothing. */
  constructor(private readonly limits = { running: 4, kept: 16 }) {}

  /** Resolves when it is one's turn; {@link give} must follow. */
  async take(): Promise<void> {
    if (this.running >= this.limits.running) return new Promise((resolve) => this.queue.push(resolve));
    this.running++;
  }

  give(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.running--;
  }

  /**
   * Gives the turn up while the reader is waited for, and has it again when this resolves. When too many are waited for at once,
   * the one that was waited for longest is let go: it resumes from its last id.
   */
  async waitFor(reader: Promise<void>, letGo: () => void): Promise<void> {
    this.kept.add(letGo);
    this.give();
    const [longest] = this.kept;
    if (this.kept.size > this.limits.kept && longest) {
      this.kept.delete(longest);
      longest();
    }
    await reader;
    await this.take();
    this.kept.delete(letGo);
  }
}
