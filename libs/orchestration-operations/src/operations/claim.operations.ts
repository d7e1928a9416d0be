import type { Claim } from '@multitask/orchestration';
import { z } from 'zod';
import { operation, type Caller, type Surroundings } from '../operation';
import { claimAnswer, leaseAnswer, taskAnswer } from '../schema/answers';
import { claimExample, heldExample, leaseExample, tripleExample } from '../schema/examples';
import * as field from '../schema/fields';
import { claimRecord, leaseRecord, taskRecord } from '../schema/records';
import { findTask, namespaceOf, requireTask } from '../visible';

/** A claim may wait so long: below what proxies and clients give up after. */
const longestWaitMs = 50_000;

const request = z.strictObject({
  workerId: field.workerId,
  leaseMs: field.leaseMs.default(30_000),
  kinds: field.kinds.optional(),
  namespace: field.namespace.optional(),
  clientToken: field.clientToken.optional(),
  waitMs: field.integer(0, longestWaitMs).default(0).describe('How long to wait for a task, milliseconds.'),
});

async function claimed(
  on: Surroundings,
  input: z.output<typeof request> & { limit: number },
  caller: Caller,
): Promise<Claim[]> {
  const { waitMs, namespace: asked, kinds = [], ...order } = input;
  const namespace = namespaceOf(caller, asked);
  const until = on.elapsed() + waitMs;
  for (;;) {
    const claims = await on.engine.claims.claim({ ...order, kinds, ...(namespace !== undefined && { namespace }) });
    if (claims.length > 0) return caller.signal.aborted ? givenBack(on, claims, input.clientToken) : claims;
    const left = until - on.elapsed();
    if (left <= 0 || caller.signal.aborted) return [];
    await on.wait({ what: 'ready', kinds, namespace }, left, caller.signal);
    if (caller.signal.aborted) return [];
  }
}

/** Nobody is there any more to do the work. With a token the worker may come back for it, so it is kept for as long as the lease. */
async function givenBack(on: Surroundings, claims: Claim[], clientToken: string | undefined): Promise<Claim[]> {
  if (clientToken === undefined)
    for (const { task, lease } of claims) {
      const triple = { taskId: task.id, leaseId: lease.id, workerId: lease.workerId };
      await on.engine.attempts.release({ ...triple, reason: 'The worker went away before it got the task.' });
    }
  return [];
}

export const claimNextTask = operation({
  name: 'claim_next_task',
  title: 'Claim a task',
  description:
    'Gives a ready task to a worker for a while; null when there is none. Heartbeat before the lease runs out.',
  input: request,
  output: z.object({ claim: claimRecord.nullable() }),
  effect: 'write',
  errors: [],
  example: { input: { workerId: 'worker-1', waitMs: 20_000 }, output: { claim: claimExample } },
  async perform(on, input, caller) {
    const [claim] = await claimed(on, { ...input, limit: 1 }, caller);
    return { claim: claim ? claimAnswer(claim) : null };
  },
});

export const claimTasks = operation({
  name: 'claim_tasks',
  title: 'Claim several tasks',
  description: 'Gives up to limit ready tasks to a worker at once; fewer or none when there are no more.',
  input: request.extend({ limit: field.limit(100, 10) }),
  output: z.object({ claims: z.array(claimRecord) }),
  effect: 'write',
  errors: [],
  example: { input: { workerId: 'worker-1', limit: 2 }, output: { claims: [claimExample] } },
  perform: async (on, input, caller) => ({ claims: (await claimed(on, input, caller)).map(claimAnswer) }),
});

export const heartbeatLease = operation({
  name: 'heartbeat_lease',
  title: 'Keep a lease',
  description: 'Makes the lease hold for another while, as long as at the claim unless leaseMs says otherwise.',
  input: z.strictObject({ ...field.leaseTriple, leaseMs: field.leaseMs.optional() }),
  output: z.object({ lease: leaseRecord }),
  effect: 'repeat',
  errors: ['RecordNotFoundError', 'LeaseConflictError', 'LeaseExpiredError'],
  example: { input: tripleExample, output: { lease: leaseExample } },
  async perform(on, input, caller) {
    await requireTask(on, caller, input.taskId);
    return { lease: leaseAnswer(input.taskId, await on.engine.attempts.heartbeat(input)) };
  },
});

export const markTaskRunning = operation({
  name: 'mark_task_running',
  title: 'Tell that work has begun',
  description: 'Moves a claimed task from leased to running. Optional; a second time changes nothing.',
  input: z.strictObject(field.leaseTriple),
  output: z.object({ task: taskRecord }),
  effect: 'repeat',
  errors: ['RecordNotFoundError', 'LeaseConflictError', 'LeaseExpiredError'],
  example: { input: tripleExample, output: { task: { ...heldExample, status: 'running' } } },
  async perform(on, input, caller) {
    await requireTask(on, caller, input.taskId);
    return { task: taskAnswer(await on.engine.attempts.markRunning(input)) };
  },
});

export const expireLeases = operation({
  name: 'expire_leases',
  title: 'End leases that have run out',
  description:
    'Queues tasks again whose worker fell silent. The server does so by itself every second; now may only be earlier.',
  input: z.strictObject({ now: field.time.optional() }),
  output: z.object({ expiredTaskIds: z.array(z.string()), count: z.int() }),
  effect: 'repeat',
  errors: [],
  example: { input: {}, output: { expiredTaskIds: ['task_02ab'], count: 1 } },
  async perform(on, { now }, caller) {
    const ids = await on.engine.sweep.expire(now);
    const expiredTaskIds: string[] = [];
    // Whose lease has run out is the server's to end; of whom, is nobody else's to know.
    for (const id of ids)
      if (caller.namespace === undefined || (await findTask(on, caller, id))) expiredTaskIds.push(id);
    return { expiredTaskIds, count: expiredTaskIds.length };
  },
});
