import type { Logger } from '@multitask/platform';
import type { BudgetName, Pacer } from './pacer';

/**
 * Shared budgets while they can be reached, and this process's own while they cannot: a database that is away must not stop
 * groups from being followed. Until it is back every replica paces for itself.
 */
export class ResilientPacer implements Pacer {
  constructor(
    private readonly shared: Pacer,
    private readonly own: Pacer,
    private readonly logger: Logger,
  ) {}

  async reserve(key: string, budget: BudgetName, amount: number): Promise<number> {
    // Counted in both, so that what is known here stays true when the shared budgets go away.
    const ownWait = await this.own.reserve(key, budget, amount);
    try {
      return await this.shared.reserve(key, budget, amount);
    } catch (error) {
      this.logger.warn({ err: error, budget }, 'the shared budgets cannot be reached; pacing by this process alone');
      return ownWait;
    }
  }
}
