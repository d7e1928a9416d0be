import type { Attempt } from '../model/attempt';
import type { Run } from '../model/run';
import { isHeld, type Lease, type Task } from '../model/task';
import type { ChangeSet } from '../store/change-set';
import type { ClaimFilter, OrchestrationTransaction } from '../store/orchestration.store';
import { decideClaim } from '../task/claim.decider';
import { answered, answerTo, tokenCall } from './answers';
import { mergeChanges } from './change.merge';
import type { EngineParts } from './engine.parts';
import { factsOfTask, statusChanged } from './facts';

export interface ClaimRequest {
  readonly workerId: string;
  readonly leaseMs: number;
  readonly limit: number;
  readonly kinds?: readonly string[];
  readonly namespace?: string;
  readonly clientToken?: string;
}

export interface Claim {
  readonly run: Run;
  readonly task: Task;
  readonly attempt: Attempt;
  readonly lease: Lease;
}

export class ClaimCommands {
  constructor(private readonly parts: EngineParts) {}

  /** Up to `limit` ready tasks; fewer, or none, when there are no more. A token's answer is the worker's own: nobody else gets it. */
  claim(request: ClaimRequest): Promise<Claim[]> {
    return this.parts.store.transaction(async (tx) => {
      const call = tokenCall(this.parts, `claim:${request.workerId}`, request.clientToken, request);
      const before = await answered(tx, call);
      const held = before ? await stillHeld(tx, before.refs as string[], request.workerId) : [];
      if (held.length > 0) return held;
      const filter: ClaimFilter = {
        kinds: request.kinds ?? [],
        ...(request.namespace !== undefined && { namespace: request.namespace }),
      };
      const tasks = await tx.ready(filter, request.limit);
      if (tasks.length === 0) return [];
      const claims = await this.take(tx, request, tasks);
      const refs = claims.map(({ task, lease }) => `${task.id} ${lease.id}`);
      await tx.save(mergeChanges(...claims.map(({ changes }) => changes), { answers: answerTo(call, refs) }));
      await activated(tx, claims);
      return claims.map(({ run, task, attempt, lease }) => ({
        run: { ...run, status: 'active' },
        task,
        attempt,
        lease,
      }));
    });
  }

  private async take(tx: OrchestrationTransaction, request: ClaimRequest, tasks: readonly Task[]) {
    const runs = await tx.runs([...new Set(tasks.map(({ runId }) => runId))]);
    return tasks.map((task): Claim & { changes: ChangeSet } => {
      const run = runs.get(task.runId)!;
      const order = { leaseId: this.parts.newId('lease'), workerId: request.workerId, lengthMs: request.leaseMs };
      const change = decideClaim(task, order, tx.now);
      const attempt: Attempt = {
        id: this.parts.newId('attempt'),
        taskId: task.id,
        number: change.task.claimCount,
        workerId: request.workerId,
        leaseId: order.leaseId,
        status: 'leased',
        contextSnapshotId: task.contextSnapshotId ?? run.currentContextSnapshotId,
        startedAt: tx.now,
        endedAt: null,
      };
      const facts = factsOfTask(change.task, change.facts);
      const changes = { tasks: [{ before: task, after: change.task }], attempts: [attempt], facts };
      return { run, task: change.task, attempt, lease: change.task.lease!, changes };
    });
  }
}

/** A run whose first task is claimed is at work from now on. */
async function activated(tx: OrchestrationTransaction, claims: readonly Claim[]): Promise<void> {
  const idle = new Map(claims.filter(({ run }) => run.status !== 'active').map(({ run }) => [run.id, run]));
  if (idle.size === 0) return;
  const changed = await tx.activate([...idle.keys()]);
  await tx.save({ facts: changed.map((id) => statusChanged(idle.get(id)!, 'active')) });
}

async function stillHeld(tx: OrchestrationTransaction, refs: readonly string[], workerId: string): Promise<Claim[]> {
  const leases = new Map(refs.map((ref) => ref.split(' ') as [string, string]));
  const tasks = await tx.tasks([...leases.keys()]);
  const runs = await tx.runs([...new Set([...tasks.values()].map(({ runId }) => runId))]);
  const claims: Claim[] = [];
  for (const [taskId, leaseId] of leases) {
    const task = tasks.get(taskId);
    const lease = task?.lease;
    if (!task || !lease || !isHeld(task.status) || lease.id !== leaseId || lease.workerId !== workerId) continue;
    if (lease.expiresAt <= tx.now) continue;
    const [run, attempt] = [runs.get(task.runId), await tx.attempt(leaseId)];
    if (run && attempt) claims.push({ run, task, attempt, lease });
  }
  return claims;
}
