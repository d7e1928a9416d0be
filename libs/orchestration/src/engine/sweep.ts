import { isEnd } from '../model/task';
import { runStatusOf } from '../run/run.status';
import { decideAttemptEnd } from '../task/attempt.decider';
import { mergeChanges } from './change.merge';
import { tellDependents } from './dependency.cascade';
import type { EngineParts } from './engine.parts';
import { factOfRun, statusChanged } from './facts';
import { written } from './task.writes';

/** Records of one change: enough to be worth a transaction, few enough to hold nobody up. */
const atOnce = 100;

/** The answer to one call stays of a size that can be sent; the next sweep takes the rest. */
const expiredInOneCall = 10_000;

const dayMs = 86_400_000;
/** A call is repeated within minutes, or after a weekend. */
const answersKeptMs = 7 * dayMs;
const pruningsKeptMs = 366 * dayMs;

/**
 * What happens without anybody asking: attempts that ran out of time end, dependents that were left out are told, and runs learn
 * their status. Any number of processes may do it at once; each takes what no other has in hand.
 */
export class Sweep {
  constructor(private readonly parts: EngineParts) {}

  /** Until there is nothing left to do; answers the tasks whose lease had run out. */
  async run(): Promise<{ readonly expiredTaskIds: string[] }> {
    const expiredTaskIds = await this.expire();
    while ((await this.tell()) > 0);
    while ((await this.settle()) > 0);
    await this.sealIdle();
    await this.parts.store.transaction((tx) =>
      tx.forget({ answers: tx.now - answersKeptMs, prunedRuns: tx.now - pruningsKeptMs }),
    );
    return { expiredTaskIds };
  }

  /** Ends attempts that are out of time; `by`, where given, may only be earlier than the server's own time. */
  async expire(by: number = Number.POSITIVE_INFINITY): Promise<string[]> {
    const expired: string[] = [];
    for (;;) {
      const some = await this.expireSome(by);
      expired.push(...some);
      if (some.length < atOnce || expired.length >= expiredInOneCall) return expired;
    }
  }

  /** Gives runs whose tasks have changed their status. Bounded: others may leave new work as fast as it is done. */
  async settleSome(): Promise<void> {
    for (let rounds = 0; rounds < 20 && (await this.settle()) > 0; rounds++);
  }

  private expireSome(by: number): Promise<string[]> {
    return this.parts.store.transaction(async (tx) => {
      const overdue = await tx.overdue(Math.min(by, tx.now), atOnce);
      if (overdue.length === 0) return [];
      const decided = overdue.map((before) => ({
        before,
        change: decideAttemptEnd(before, { kind: 'overdue' }, tx.now),
      }));
      const ended = decided.flatMap(({ change }) => (isEnd(change.task.status) ? [change.task] : []));
      await tx.save(mergeChanges(await written(tx, decided), await tellDependents(tx, ended)));
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

  /** A few at a time: the next sweep takes the rest. */
  private async sealIdle(): Promise<void> {
    const { store, sealIdleAfterMs } = this.parts;
    if (sealIdleAfterMs === undefined) return;
    await store.transaction(async (tx) => {
      for (const id of await tx.idleRuns(tx.now - sealIdleAfterMs, atOnce)) {
        const run = (await tx.settledRun(id))!;
        const sealed = { ...run, sealed: true, updatedAt: tx.now };
        const status = runStatusOf(sealed, run.counts);
        const facts = [
          factOfRun(run, 'run.sealed', { idle: true }),
          ...(status === run.status ? [] : [statusChanged(run, status)]),
        ];
        await tx.save({ runs: [{ ...sealed, status }], facts });
      }
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
