import { OrchestrationError } from '../orchestration.errors';
import type { Task } from '../model/task';
import { checkLease, type LeaseClaim } from './lease.check';
import { maxAttemptsOf } from './retry.policy';
import { fact, moved, type TaskChange } from './task.change';

export interface ClaimOrder {
  readonly leaseId: string;
  readonly workerId: string;
  readonly lengthMs: number;
}

/** Whether the task could be claimed now, and if not, why. */
export function readinessOf(task: Task, now: number): 'ready' | 'not_queued' | 'waits_for_dependencies' | 'not_before' {
  if (task.status !== 'queued') return 'not_queued';
  if (task.unmetDependencies > 0) return 'waits_for_dependencies';
  return task.notBefore !== null && task.notBefore > now ? 'not_before' : 'ready';
}

/** Gives a ready task to a worker. The attempt counts from here on; a release or a pause takes it back. */
export function decideClaim(task: Task, order: ClaimOrder, now: number): TaskChange {
  const readiness = readinessOf(task, now);
  if (readiness !== 'ready')
    throw new OrchestrationError('InvalidTransitionError', `Task ${task.id} cannot be claimed: ${readiness}.`);
  if (task.attemptCount >= maxAttemptsOf(task))
    throw new OrchestrationError(
      'MaxAttemptsExceededError',
      `Task ${task.id} has used all of its ${maxAttemptsOf(task)} attempts; requeue it.`,
    );
  const { leaseId: id, workerId, lengthMs } = order;
  const fencingToken = task.claimCount + 1;
  const claimed = moved(task, 'leased', now, {
    lease: { id, workerId, fencingToken, lengthMs, claimedAt: now, expiresAt: now + lengthMs },
    claimCount: fencingToken,
    attemptCount: task.attemptCount + 1,
    startedAt: task.startedAt ?? now,
    notBefore: null,
  });
  const data = { workerId, leaseId: id, attempt: claimed.attemptCount, fencingToken };
  return { task: claimed, attempt: 'leased', facts: [fact('task.claimed', data)] };
}

/** The worker lives: its lease is as long again as when it was given, or as long as it says now. */
export function decideHeartbeat(task: Task, claim: LeaseClaim, lengthMs: number | undefined, now: number): TaskChange {
  const lease = checkLease(task, claim, now);
  const length = lengthMs ?? lease.lengthMs;
  // A beat that was late on its way never takes away time that was given already.
  const renewed = { ...lease, lengthMs: length, expiresAt: Math.max(lease.expiresAt, now + length) };
  const data = { workerId: lease.workerId, leaseId: lease.id };
  return { task: { ...task, lease: renewed, updatedAt: now }, facts: [fact('task.lease_heartbeat', data)] };
}

export function decideRunning(task: Task, claim: LeaseClaim, now: number): TaskChange {
  const { workerId, id } = checkLease(task, claim, now);
  if (task.status === 'running') return { task, facts: [] };
  const data = { workerId, leaseId: id };
  return { task: moved(task, 'running', now), attempt: 'running', facts: [fact('task.running', data)] };
}
