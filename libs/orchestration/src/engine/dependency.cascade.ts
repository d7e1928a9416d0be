import { isEnd, type Task, type TaskEnd } from '../model/task';
import type { ChangeSet, TaskWrite, ToldEdge } from '../store/change-set';
import type { OrchestrationTransaction } from '../store/orchestration.store';
import { decideDependencyEnd } from '../task/dependency.policy';
import { factsOfTask } from './facts';
import { isPlaced } from './placement';

/** So many dependents are told within the change that ended a task; what is left of a large fan-out is told by the sweep. */
export const toldAtOnce = 200;

/**
 * Tells dependents that the tasks they wait for have ended, and theirs in turn where that ends them, until everybody knows or the
 * change is large enough.
 */
export async function tellDependents(tx: OrchestrationTransaction, ended: readonly Task[]): Promise<ChangeSet> {
  const round = new CascadeRound(tx.now);
  let queue = ended;
  while (queue.length > 0) {
    const room = toldAtOnce - round.size;
    // One more than there is room for shows whether somebody is left out.
    const dependents = await tx.dependentsOf(
      queue.map(({ id }) => id),
      room + 1,
    );
    const byId = new Map(queue.map((task) => [task.id, task]));
    const next = dependents.slice(0, room).flatMap((dependent) => round.tell(dependent, byId));
    if (dependents.length > room) return round.changes(await tx.currentTurn(), [...queue, ...next]);
    queue = next;
  }
  return round.size === 0 ? {} : round.changes(await tx.currentTurn(), []);
}

class CascadeRound {
  private readonly writes = new Map<string, TaskWrite>();
  private readonly told: ToldEdge[] = [];
  private readonly facts: NonNullable<ChangeSet['facts']>[number][] = [];

  constructor(private readonly now: number) {}

  get size(): number {
    return this.told.length;
  }

  /** The task, when this ended it. */
  tell(
    { task, dependencyIds }: { task: Task; dependencyIds: readonly string[] },
    ended: ReadonlyMap<string, Task>,
  ): Task[] {
    const known = this.writes.get(task.id);
    let after = known?.after ?? task;
    const wasEnded = isEnd(after.status);
    for (const dependencyId of dependencyIds) {
      this.told.push({ dependentId: task.id, dependencyId });
      const { id, key, status } = ended.get(dependencyId)!;
      const change = decideDependencyEnd(after, { taskId: id, key, end: status as TaskEnd }, this.now);
      if (!change) continue;
      after = change.task;
      this.facts.push(...factsOfTask(after, change.facts));
    }
    this.writes.set(task.id, { before: known?.before ?? task, after });
    return !wasEnded && isEnd(after.status) ? [after] : [];
  }

  /** Tasks that are free now join the others at the present turn. */
  changes(currentTurn: number, untold: readonly Task[]): ChangeSet {
    const tasks = [...this.writes.values()].map((write) =>
      isPlaced(write.after) ? { ...write, turn: currentTurn + 1 } : write,
    );
    return { tasks, facts: this.facts, told: this.told, untold: untold.map(({ id }) => id) };
  }
}
