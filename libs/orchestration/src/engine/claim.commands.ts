import type { Attempt } from '../model/attempt';
import type { Run } from '../model/run';
import { isHeld, type Lease, type Task } from '../model/task';
import { dealt } from '../claim/deal';
import type { ClaimFilter, OrchestrationTransaction } from '../store/orchestration.store';
import { decideClaim } from '../task/claim.decider';
import type { TaskChange } from '../task/task.change';
import { answered, answerTo, tokenCall } from './answers';
import type { EngineParts } from './engine.parts';
import { factsOfTask, statusChanged } from './facts';
import { Gathering, type Outcome } from './gathering';

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

interface TakenTask extends Claim {
  readonly before: Task;
  readonly change: TaskChange;
}

/** Gives ready tasks to workers. Workers that ask for the same at the same time share one change. */
export class ClaimCommands {
  private readonly requests: Gathering<ClaimRequest, Claim[]>;

  constructor(private readonly parts: EngineParts) {
    this.requests = new Gathering((requests) => this.claimTogether(requests), {
      groupOf: ({ kinds = [], namespace = null }) => JSON.stringify([namespace, kinds]),
      weightOf: ({ limit }) => limit,
    });
  }

  /** Up to `limit` ready tasks; fewer, or none, when there are no more. A token's answer is the worker's own: nobody else gets it. */
  claim(request: ClaimRequest): Promise<Claim[]> {
    return request.clientToken === undefined ? this.requests.do(request) : this.claimOnce(request);
  }

  private claimTogether(requests: readonly ClaimRequest[]): Promise<Outcome<Claim[]>[]> {
    return this.parts.store.transaction(async (tx) => {
      const taken = await this.take(tx, requests);
      if (taken.flat().length > 0) await save(tx, taken.flat());
      return taken.map((tasks) => ({ value: tasks.map(claimOf) }));
    });
  }

  private claimOnce(request: ClaimRequest): Promise<Claim[]> {
    return this.parts.store.transaction(async (tx) => {
      const call = tokenCall(this.parts, `claim:${request.workerId}`, request.clientToken, request);
      const before = await answered(tx, call);
      const held = before ? await stillHeld(tx, before.refs as string[], request.workerId) : [];
      if (held.length > 0) return held;
      const [taken = []] = await this.take(tx, [request]);
      const refs = taken.map(({ task, lease }) => `${task.id} ${lease.id}`);
      if (taken.length > 0) await save(tx, taken, answerTo(call, refs));
      return taken.map(claimOf);
    });
  }

  /** For each request its tasks; all of them have the same filter. */
  private async take(tx: OrchestrationTransaction, requests: readonly ClaimRequest[]): Promise<TakenTask[][]> {
    const { kinds = [], namespace } = requests[0]!;
    const filter: ClaimFilter = { kinds, ...(namespace !== undefined && { namespace }) };
    const limits = requests.map(({ limit }) => limit);
    const tasks = await tx.ready(
      filter,
      limits.reduce((sum, limit) => sum + limit, 0),
    );
    const runs = tasks.length > 0 ? await tx.runs([...new Set(tasks.map(({ runId }) => runId))]) : new Map();
    return dealt(tasks, limits).map((share, i) =>
      share.map((task) => this.taken(task, runs.get(task.runId)!, requests[i]!, tx.now)),
    );
  }

  private taken(before: Task, run: Run, { workerId, leaseMs }: ClaimRequest, now: number): TakenTask {
    const leaseId = this.parts.newId('lease');
    const change = decideClaim(before, { leaseId, workerId, lengthMs: leaseMs }, now);
    const { task } = change;
    const attempt: Attempt = {
      id: this.parts.newId('attempt'),
      taskId: task.id,
      number: task.claimCount,
      workerId,
      leaseId,
      status: 'leased',
      contextSnapshotId: task.contextSnapshotId ?? run.currentContextSnapshotId,
      startedAt: now,
      endedAt: null,
    };
    return { run, task, attempt, lease: task.lease!, before, change };
  }
}

const claimOf = ({ run, task, attempt, lease }: TakenTask): Claim => ({
  run: { ...run, status: 'active' },
  task,
  attempt,
  lease,
});

async function save(
  tx: OrchestrationTransaction,
  taken: readonly TakenTask[],
  answers: ReturnType<typeof answerTo> = [],
) {
  await tx.save({
    tasks: taken.map(({ before, task }) => ({ before, after: task })),
    attempts: taken.map(({ attempt }) => attempt),
    facts: taken.flatMap(({ task, change }) => factsOfTask(task, change.facts)),
    answers,
  });
  await activated(tx, taken);
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
  const attempts = await tx.attempts([...leases.values()]);
  const claims: Claim[] = [];
  for (const [taskId, leaseId] of leases) {
    const task = tasks.get(taskId);
    const lease = task?.lease;
    if (!task || !lease || !isHeld(task.status) || lease.id !== leaseId || lease.workerId !== workerId) continue;
    if (lease.expiresAt <= tx.now) continue;
    const [run, attempt] = [runs.get(task.runId), attempts.get(leaseId)];
    if (run && attempt) claims.push({ run, task, attempt, lease });
  }
  return claims;
}
