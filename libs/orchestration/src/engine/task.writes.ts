import type { Task } from '../model/task';
import type { AttemptMove, ChangeSet } from '../store/change-set';
import type { OrchestrationTransaction } from '../store/orchestration.store';
import type { TaskChange } from '../task/task.change';
import { factsOfTask } from './facts';
import { isPlaced } from './placement';

/** A decision about a task, and the task as it was decided on. */
export interface DecidedTask {
  readonly before: Task;
  readonly change: TaskChange;
}

/** What decisions about tasks write, with as many questions to the store for a hundred of them as for one. */
export async function written(tx: OrchestrationTransaction, decided: readonly DecidedTask[]): Promise<ChangeSet> {
  const isFreed = ({ before, change }: DecidedTask) => isPlaced(change.task) && !isPlaced(before);
  const turn = decided.some(isFreed) ? (await tx.currentTurn()) + 1 : undefined;
  return {
    tasks: decided.map((one) => ({
      before: one.before,
      after: one.change.task,
      ...(turn !== undefined && isFreed(one) && { turn }),
    })),
    attemptMoves: attemptMoves(decided, tx.now),
    facts: decided.flatMap(({ change }) => factsOfTask(change.task, change.facts)),
  };
}

function attemptMoves(decided: readonly DecidedTask[], now: number): AttemptMove[] {
  return decided.flatMap(({ before, change: { attempt: status } }) =>
    before.lease && status ? [{ leaseId: before.lease.id, status, endedAt: status === 'running' ? null : now }] : [],
  );
}
