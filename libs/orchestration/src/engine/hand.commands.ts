import type { JsonValue } from '@multitask/contracts';
import type { Task } from '../model/task';
import { decideRequeue, decideResume } from '../task/hand.decider';
import { mergeChanges } from './change.merge';
import type { EngineParts } from './engine.parts';
import { statusChanged } from './facts';
import { checkOpen, taskOf, taskWithRun } from './records';
import { written } from './task.writes';

/** What people do to tasks that no worker holds. */
export class HandCommands {
  constructor(private readonly parts: EngineParts) {}

  resume(taskId: string, payload?: JsonValue): Promise<Task> {
    return this.parts.store.transaction(async (tx) => {
      const task = await taskOf(tx, taskId);
      const change = decideResume(task, payload, tx.now);
      await tx.save(await written(tx, [{ before: task, change }]));
      return change.task;
    });
  }

  /** A dead letter lives again, and its run with it; a sealed run too, since nothing new is enqueued. */
  requeue(
    taskId: string,
    order: { readonly resetAttempts?: boolean; readonly notBefore?: number; readonly reason?: string } = {},
  ): Promise<Task> {
    const { resetAttempts = true, notBefore = null, reason } = order;
    return this.parts.store.transaction(async (tx) => {
      const { run, task } = await taskWithRun(tx, taskId);
      if (run.status === 'cancelled') checkOpen(run);
      const change = decideRequeue(task, { resetAttempts, notBefore, ...(reason !== undefined && { reason }) }, tx.now);
      const opened = { ...run, status: 'active' as const, updatedAt: tx.now };
      const facts = run.status === 'active' ? [] : [statusChanged(run, 'active')];
      await tx.save(mergeChanges({ runs: [opened] }, await written(tx, [{ before: task, change }]), { facts }));
      return change.task;
    });
  }
}
