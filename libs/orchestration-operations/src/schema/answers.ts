import type { Attempt, Claim, ContextSnapshot, Lease, OrchestrationEvent, Run, Task } from '@multitask/orchestration';

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

/** A run without what the store keeps beside it. */
export const runAnswer = (run: Run) => ({
  id: run.id,
  namespace: run.namespace,
  externalId: run.externalId,
  status: run.status,
  metadata: run.metadata,
  currentContextSnapshotId: run.currentContextSnapshotId,
  sealed: run.sealed,
  createdAt: iso(run.createdAt),
  updatedAt: iso(run.updatedAt),
});

/** The lease is told flat, as clients look for it. */
export function taskAnswer(task: Task) {
  const { lease, unmetDependencies: _, claimCount: __, ...told } = task;
  return {
    ...told,
    dependsOnTaskIds: [...task.dependsOnTaskIds],
    notBefore: isoOrNull(task.notBefore),
    leaseId: lease?.id ?? null,
    leasedBy: lease?.workerId ?? null,
    leaseExpiresAt: isoOrNull(lease?.expiresAt ?? null),
    createdAt: iso(task.createdAt),
    updatedAt: iso(task.updatedAt),
    startedAt: isoOrNull(task.startedAt),
    completedAt: isoOrNull(task.completedAt),
  };
}

export const attemptAnswer = (attempt: Attempt) => ({
  ...attempt,
  startedAt: iso(attempt.startedAt),
  endedAt: isoOrNull(attempt.endedAt),
});

export const leaseAnswer = (taskId: string, lease: Lease) => ({
  id: lease.id,
  taskId,
  workerId: lease.workerId,
  status: 'active' as const,
  fencingToken: lease.fencingToken,
  leaseMs: lease.lengthMs,
  acquiredAt: iso(lease.claimedAt),
  expiresAt: iso(lease.expiresAt),
});

export const snapshotAnswer = ({ parentId, ...snapshot }: ContextSnapshot) => ({
  ...snapshot,
  parentSnapshotId: parentId,
  createdAt: iso(snapshot.createdAt),
});

export const eventAnswer = (event: OrchestrationEvent) => ({ ...event, createdAt: iso(event.createdAt) });

export const claimAnswer = ({ run, task, attempt, lease }: Claim) => ({
  run: runAnswer(run),
  task: taskAnswer(task),
  attempt: attemptAnswer(attempt),
  lease: leaseAnswer(task.id, lease),
});
