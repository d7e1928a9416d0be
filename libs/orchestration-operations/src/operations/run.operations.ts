import { OrchestrationError, runStatuses } from '@multitask/orchestration';
import { z } from 'zod';
import { operation } from '../operation';
import { runAnswer } from '../schema/answers';
import { runExample } from '../schema/examples';
import * as field from '../schema/fields';
import { runRecord } from '../schema/records';
import { findRun, namespaceOf, requireRun } from '../visible';

const statuses = field.listOf(z.enum(runStatuses), runStatuses.length);
const run = z.object({ run: runRecord });

export const createRun = operation({
  name: 'create_run',
  title: 'Create a run',
  description:
    'Starts a run: a unit of work that many tasks serve. Enqueue its tasks next, and seal it when no more will come.',
  input: z.strictObject({
    id: field.id.optional().describe('Your own id for it; made up when left out.'),
    namespace: field.namespace.optional(),
    externalId: field.id.optional().describe('What you call it elsewhere; runs can be listed by it.'),
    metadata: field.object.optional(),
    context: field.object.optional().describe('What its workers begin with; becomes the first context snapshot.'),
    sealed: field.flag.optional().describe('No task will ever be enqueued.'),
    idempotencyKey: field.idempotencyKey.optional(),
  }),
  output: run,
  effect: 'write',
  errors: ['RecordNotFoundError'],
  example: { input: { metadata: {}, idempotencyKey: 'capitals-1' }, output: { run: runExample } },
  async perform({ engine }, input, caller) {
    const namespace = namespaceOf(caller, input.namespace);
    return { run: runAnswer(await engine.runs.create({ ...input, ...(namespace !== undefined && { namespace }) })) };
  },
});

export const getRun = operation({
  name: 'get_run',
  title: 'Read a run',
  description: 'One run with its exact status; null when there is none of this id.',
  input: z.strictObject({ runId: field.id }),
  output: z.object({ run: runRecord.nullable() }),
  effect: 'read',
  errors: [],
  example: { input: { runId: runExample.id }, output: { run: runExample } },
  async perform(on, { runId }, caller) {
    const found = await findRun(on, caller, runId);
    return { run: found ? runAnswer(found) : null };
  },
});

export const listRuns = operation({
  name: 'list_runs',
  title: 'List runs',
  description: 'Runs by status, external id or time of change, 100 at a time.',
  input: z.strictObject({
    namespace: field.namespace.optional(),
    statuses: statuses.default([]),
    externalId: field.id.optional(),
    updatedAfter: field.time.optional(),
    updatedBefore: field.time.optional(),
    limit: field.limit(1_000, 100),
    offset: field.offset,
    orderBy: z.enum(['createdAt', 'updatedAt']).default('createdAt'),
    orderDir: z.enum(['asc', 'desc']).default('desc'),
  }),
  output: z.object({ runs: z.array(runRecord) }),
  effect: 'read',
  errors: [],
  example: { input: { statuses: ['active'], limit: 10 }, output: { runs: [runExample] } },
  async perform({ engine }, { orderDir, namespace: asked, ...filter }, caller) {
    const namespace = namespaceOf(caller, asked);
    const runs = await engine.queries.runs({
      ...filter,
      ...(namespace !== undefined && { namespace }),
      descending: orderDir === 'desc',
    });
    return { runs: runs.map(runAnswer) };
  },
});

export const sealRun = operation({
  name: 'seal_run',
  title: 'Seal a run',
  description: 'No more tasks: the run ends when those it has have ended. A second time changes nothing.',
  input: z.strictObject({ runId: field.id }),
  output: run,
  effect: 'repeat',
  errors: ['RecordNotFoundError'],
  example: { input: { runId: runExample.id }, output: { run: { ...runExample, sealed: true, status: 'completed' } } },
  async perform(on, { runId }, caller) {
    await requireRun(on, caller, runId);
    return { run: runAnswer(await on.engine.runs.seal(runId)) };
  },
});

export const cancelRun = operation({
  name: 'cancel_run',
  title: 'Cancel a run',
  description: 'Ends every task of the run that has not ended. A run that has its outcome keeps it.',
  input: z.strictObject({ runId: field.id, reason: field.reason.optional() }),
  output: run,
  effect: 'end',
  errors: ['RecordNotFoundError'],
  example: { input: { runId: runExample.id }, output: { run: { ...runExample, status: 'cancelled' } } },
  async perform(on, { runId, reason }, caller) {
    await requireRun(on, caller, runId);
    return { run: runAnswer(await on.engine.runs.cancel(runId, reason)) };
  },
});

export const pruneRuns = operation({
  name: 'prune_runs',
  title: 'Forget old runs',
  description:
    'Removes runs that ended and that nothing happened to since olderThan, with all they had. Live runs are refused.',
  input: z.strictObject({
    olderThan: field.time,
    statuses: statuses.optional(),
    limit: field.limit(10_000, 500),
  }),
  output: z.object({ prunedRunIds: z.array(z.string()), count: z.int() }),
  effect: 'end',
  errors: [],
  example: { input: { olderThan: '2026-10-21T00:00:00Z' }, output: { prunedRunIds: [runExample.id], count: 1 } },
  async perform({ engine }, { olderThan, statuses: only, limit }, { namespace }) {
    if (only?.length === 0)
      throw new OrchestrationError('ValidationError', 'Name a status, or leave it out.', 'statuses');
    const order = { olderThan, limit, ...(only && { statuses: only }), ...(namespace !== undefined && { namespace }) };
    const prunedRunIds = await engine.pruning.prune(order);
    return { prunedRunIds, count: prunedRunIds.length };
  },
});
