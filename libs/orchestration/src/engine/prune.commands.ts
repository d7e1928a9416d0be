import type { RunStatus } from '../model/run';
import { OrchestrationError } from '../orchestration.errors';
import { hasEnded, runStatusOf } from '../run/run.status';
import type { OrchestrationTransaction, PruneFilter } from '../store/orchestration.store';
import type { EngineParts } from './engine.parts';
import { factOfRun, statusChanged } from './facts';
import type { Sweep } from './sweep';

export interface PruneOrder {
  /** Unix milliseconds: runs that nothing has happened to since. */
  readonly olderThan: number;
  /** Default: every status that is an outcome. Others are refused. */
  readonly statuses?: readonly RunStatus[];
  readonly namespace?: string;
  readonly limit: number;
}

const outcomes = ['completed', 'failed', 'cancelled'] as const;

/** Runs that one change removes; the largest have 100,000 tasks. */
const atOnce = 10;

/** Forgetting what is over. */
export class PruneCommands {
  constructor(
    private readonly parts: EngineParts,
    private readonly sweep: Pick<Sweep, 'settleSome'>,
  ) {}

  /**
   * Removes runs that have ended, with all they had, and leaves the event `run.pruned` of each. Throws `ValidationError` for a
   * status that is no outcome: live runs are not pruned, whoever asks.
   */
  async prune({ olderThan, statuses = outcomes, namespace, limit }: PruneOrder): Promise<string[]> {
    const live = statuses.find((status) => !hasEnded(status));
    if (live !== undefined)
      throw new OrchestrationError(
        'ValidationError',
        `Runs that are ${live} have not ended; cancel them first.`,
        'statuses',
      );
    await this.sweep.settleSome();
    // A run that came to life again gets a time of change that is later than this, so no round sees it twice.
    const before = Math.min(olderThan, await this.parts.store.read.clock());
    const filter = { olderThan: before, statuses, ...(namespace !== undefined && { namespace }) };
    const pruned: string[] = [];
    for (let room = limit; room > 0; room = limit - pruned.length) {
      const { seen, removed } = await this.some(filter, Math.min(atOnce, room));
      pruned.push(...removed);
      if (seen < Math.min(atOnce, room)) break;
    }
    return pruned;
  }

  private some(filter: PruneFilter, limit: number): Promise<{ seen: number; removed: string[] }> {
    return this.parts.store.transaction(async (tx) => {
      const ids = await tx.prunable(filter, limit);
      const removed: string[] = [];
      for (const id of ids) if (await removedIfEnded(tx, id, filter.statuses)) removed.push(id);
      return { seen: ids.length, removed };
    });
  }
}

/** The status as last written may be out of date; only the counts tell. */
async function removedIfEnded(
  tx: OrchestrationTransaction,
  id: string,
  statuses: readonly RunStatus[],
): Promise<boolean> {
  const run = (await tx.settledRun(id))!;
  const status = runStatusOf(run, run.counts);
  if (!hasEnded(status) || !statuses.includes(status)) {
    const facts = status === run.status ? [] : [statusChanged(run, status)];
    await tx.save({ runs: [{ ...run, status, updatedAt: tx.now }], facts });
    return false;
  }
  await tx.removeRun(id);
  const { namespace, externalId, createdAt } = run;
  await tx.save({ facts: [factOfRun(run, 'run.pruned', { namespace, externalId, status, createdAt })] });
  return true;
}
