import { unitMs, type BudgetName, type Budgets, type Pacer } from './pacer';

/** Budgets of one process alone. */
export class MemoryPacer implements Pacer {
  /** When each budget is free again, Unix milliseconds. */
  private readonly freeAt = new Map<string, number>();

  constructor(
    private readonly budgets: Budgets,
    private readonly now: () => number = Date.now,
  ) {}

  async reserve(key: string, budget: BudgetName, amount: number): Promise<number> {
    const rate = this.budgets[budget];
    const now = this.now();
    this.forgetFree(now);
    const place = `${key} ${budget}`;
    const freeAt = Math.max(this.freeAt.get(place) ?? 0, now);
    this.freeAt.set(place, freeAt + amount * unitMs(rate));
    return Math.max(0, freeAt - now - rate.burst * unitMs(rate));
  }

  private forgetFree(now: number): void {
    if (this.freeAt.size < 1_000) return;
    for (const [place, freeAt] of this.freeAt) if (freeAt <= now) this.freeAt.delete(place);
  }
}
