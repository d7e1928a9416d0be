import { isEnd, isHeld, type Lease, type Task } from '../model/task';
import { OrchestrationError } from '../orchestration.errors';

/** What a worker shows to prove that the task is its own. */
export interface LeaseClaim {
  readonly leaseId: string;
  readonly workerId: string;
}

/**
 * The lease under which a worker may speak for a task. Throws `LeaseExpiredError` when its time is over, even if nobody has
 * noticed yet, and `LeaseConflictError` when the lease is another's or was ended.
 */
export function checkLease(task: Task, claim: LeaseClaim, now: number): Lease {
  const { lease } = task;
  if (!isHeld(task.status) || !lease) {
    const how = isEnd(task.status) ? `is ${task.status} already` : `is ${task.status} and held by nobody`;
    throw new OrchestrationError('LeaseConflictError', `Task ${task.id} ${how}; claim it again.`, 'leaseId');
  }
  if (lease.id !== claim.leaseId)
    throw new OrchestrationError('LeaseConflictError', `Task ${task.id} is held under another lease.`, 'leaseId');
  if (lease.workerId !== claim.workerId)
    throw new OrchestrationError('LeaseConflictError', `Lease ${lease.id} belongs to another worker.`, 'workerId');
  if (lease.expiresAt <= now)
    throw new OrchestrationError(
      'LeaseExpiredError',
      `Lease ${lease.id} has run out; claim the task again.`,
      'leaseId',
    );
  return lease;
}

/** When the attempt under way is over by itself: by its lease, or by the task's own clock. */
export function attemptEndsAt({ lease, timeoutMs }: Pick<Task, 'lease' | 'timeoutMs'>): number | undefined {
  if (!lease) return undefined;
  return timeoutMs === null ? lease.expiresAt : Math.min(lease.expiresAt, lease.claimedAt + timeoutMs);
}

/** Whether it was the task's clock and not the lease that ended the attempt. */
export const hasTimedOut = ({ lease, timeoutMs }: Pick<Task, 'lease' | 'timeoutMs'>, now: number): boolean =>
  lease !== null && timeoutMs !== null && lease.claimedAt + timeoutMs <= now;
