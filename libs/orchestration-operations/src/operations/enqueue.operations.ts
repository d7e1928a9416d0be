import { z } from 'zod';
import { operation } from '../operation';
import { taskAnswer } from '../schema/answers';
import { taskExample } from '../schema/examples';
import * as field from '../schema/fields';
import { taskRecord } from '../schema/records';
import { requireRun } from '../visible';

const order = {
  kind: field.taskKind,
  id: field.id.optional().describe('Your own id for it; made up when left out.'),
  key: field.id.optional().describe('Its name in the run, unique there; other tasks may depend on it by this.'),
  priority: field.integer(-1_000_000, 1_000_000).optional().describe('Higher ones first; 0 when left out.'),
  maxAttempts: field.integer(1, 1_000).optional(),
  retry: z
    .strictObject({
      delayMs: field.spanMs().optional(),
      backoff: z.enum(['fixed', 'exponential']).optional(),
      maxDelayMs: field.spanMs().optional(),
    })
    .optional()
    .describe('How long to wait between attempts.'),
  timeoutMs: field.spanMs(1).optional().describe('One attempt’s own clock, from its claim on, milliseconds.'),
  notBefore: field.time.optional(),
  input: field.value.optional(),
  metadata: field.object.optional(),
  contextSnapshotId: field.id.optional(),
  dependsOnTaskIds: field.listOf(field.id, 1_000).optional(),
  dependsOnKeys: field.listOf(field.id, 1_000).optional(),
  onDependencyFailure: z
    .enum(['skip', 'fail', 'run'])
    .optional()
    .describe('What becomes of it when one it depends on does not complete; skip when left out.'),
};

const errors = ['RecordNotFoundError', 'RunTerminalError', 'DuplicateTaskKeyError', 'DependencyCycleError'] as const;

export const enqueueTask = operation({
  name: 'enqueue_task',
  title: 'Enqueue a task',
  description: 'Adds one task to a run. It can be claimed once all it depends on has ended.',
  input: z.strictObject({ runId: field.id, ...order, idempotencyKey: field.idempotencyKey.optional() }),
  output: z.object({ task: taskRecord }),
  effect: 'write',
  errors,
  example: { input: { runId: 'run_6f1c', kind: 'fetch', key: 'fetch' }, output: { task: taskExample } },
  async perform(on, { runId, idempotencyKey, ...task }, caller) {
    await requireRun(on, caller, runId);
    const [enqueued] = await on.engine.tasks.enqueue(runId, [task], idempotencyKey);
    return { task: taskAnswer(enqueued!) };
  },
});

export const enqueueTasks = operation({
  name: 'enqueue_tasks',
  title: 'Enqueue several tasks',
  description: 'Adds all of these tasks to a run or none. They may depend on one another by key.',
  input: z.strictObject({
    runId: field.id,
    tasks: field.listOf(z.strictObject(order), 1_000, 1),
    idempotencyKey: field.idempotencyKey.optional(),
  }),
  output: z.object({ tasks: z.array(taskRecord) }),
  effect: 'write',
  errors,
  example: {
    input: {
      runId: 'run_6f1c',
      tasks: [
        { kind: 'fetch', key: 'fetch' },
        { kind: 'sum', dependsOnKeys: ['fetch'] },
      ],
    },
    output: { tasks: [taskExample] },
  },
  async perform(on, { runId, tasks, idempotencyKey }, caller) {
    await requireRun(on, caller, runId);
    return { tasks: (await on.engine.tasks.enqueue(runId, tasks, idempotencyKey)).map(taskAnswer) };
  },
});
