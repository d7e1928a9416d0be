import { isEnd } from '../model/task';
import { runStatusOf } from '../run/run.status';
import { decideAttemptEnd } from '../task/attempt.decider';
import { written } from './attempt.commands';
import { mergeChanges } from './change.merge';
import { tellDependents } from './dependency.cascade';
import type { EngineParts } from './engine.parts';
import { statusChanged } from './facts';

/** Records of one change: enough to be worth a transaction, few enough to hold nobody up. */
const atOnce = 100;

/**
 * What happens without anybody asking: attempts that ran out of time end, dependents that were left out are told, and runs learn
 * their status. Any number of processes may do it at once; each takes what no other has in hand.
 */
export class Sweep {
  constructor(private readonly parts: EngineParts) {}

  /** Until there is nothing left to do; answers the tasks whose lease had run out. */
  async run(): Promise<{ readonly expiredTaskIds: string[] }> {
    const expiredTaskIds: string[] = [];
    for (let found = await this.expire(); found.length > 0; found = await this.expire()) expiredTaskIds.push(...found);
    while ((await this.tell()) > 0);
    while ((await this.settle()) > 0);
    return { expiredTaskIds };
  }

  private expire(): Promise<string[]> {
    return this.parts.store.transaction(async (tx) => {
      const overdue = await tx.overdue(atOnce);
      const changes = overdue.map((task) => ({ task, change: decideAttemptEnd(task, { kind: 'overdue' }, tx.now) }));
      const ended = changes.flatMap(({ change }) => (isEnd(change.task.status) ? [change.task] : []));
      const writes = [];
      for (const { task, change } of changes) writes.push(await written(tx, task, change));
      if (writes.length > 0) await tx.save(mergeChanges(...writes, await tellDependents(tx, ended)));
      return overdue.map(({ id }) => id);
    });
  }

  private tell(): Promise<number> {
    return this.parts.store.transaction(async (tx) => {
      const ids = await tx.untold(atOnce);
      if (ids.length === 0) return 0;
      const ended = [...(await tx.tasks(ids)).values()];
      const changes = await tellDependents(tx, ended);
      await tx.told(ids);
      await tx.save(changes);
      return ids.length;
    });
  }

  private settle(): Promise<number> {
    return this.parts.store.transaction(async (tx) => {
      const ids = await tx.unsettledRuns(atOnce);
      for (const id of ids) {
        const run = (await tx.settledRun(id))!;
        const status = runStatusOf(run, run.counts);
        const facts = status === run.status ? [] : [statusChanged(run, status)];
        await tx.save({ runs: [{ ...run, status, updatedAt: status === run.status ? run.updatedAt : tx.now }], facts });
      }
      return ids.length;
    });
  }
}
