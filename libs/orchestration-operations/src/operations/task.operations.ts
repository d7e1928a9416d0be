import type { PendingTask } from '@multitask/orchestration';
import { z } from 'zod';
import { operation } from '../operation';
import { taskAnswer } from '../schema/answers';
import { taskExample } from '../schema/examples';
import * as field from '../schema/fields';
import { taskRecord } from '../schema/records';
import { findTask, requireRun } from '../visible';

const tasksOf = { runId: field.id.optional(), kinds: field.kinds.default([]), limit: field.limit(1_000, 100) };

const waits = { waits_for_dependencies: 'dependencies', not_before: 'time', ready: null, not_queued: null } as const;

const pendingAnswer = ({ task, readiness }: PendingTask) => ({
  ...taskAnswer(task),
  ready: readiness === 'ready',
  waitsFor: waits[readiness],
  unmetDependencies: task.unmetDependencies,
});

export const getTask = operation({
  name: 'get_task',
  title: 'Read a task',
  description: 'One task; null when there is none of this id.',
  input: z.strictObject({ taskId: field.id }),
  output: z.object({ task: taskRecord.nullable() }),
  effect: 'read',
  errors: [],
  example: { input: { taskId: taskExample.id }, output: { task: taskExample } },
  async perform(on, { taskId }, caller) {
    const task = await findTask(on, caller, taskId);
    return { task: task ? taskAnswer(task) : null };
  },
});

export const listRunTasks = operation({
  name: 'list_run_tasks',
  title: 'List the tasks of a run',
  description: 'In the order in which they were enqueued; nextCursor is null at the end.',
  input: z.strictObject({ runId: field.id, limit: field.limit(1_000, 100), cursor: field.cursor.default(0) }),
  output: z.object({ tasks: z.array(taskRecord), nextCursor: z.string().nullable() }),
  effect: 'read',
  errors: ['RecordNotFoundError'],
  example: { input: { runId: 'run_6f1c' }, output: { tasks: [taskExample], nextCursor: null } },
  async perform(on, { runId, limit, cursor }, caller) {
    await requireRun(on, caller, runId);
    const { items, next } = await on.engine.queries.tasksOfRun(runId, { after: cursor, limit });
    return { tasks: items.map(taskAnswer), nextCursor: next === undefined ? null : String(next) };
  },
});

export const listPendingTasks = operation({
  name: 'list_pending_tasks',
  title: 'List tasks that nobody has claimed',
  description: 'The oldest first, each saying whether it is ready and, if not, what it waits for.',
  input: z.strictObject({
    ...tasksOf,
    readyBy: field.time.optional().describe('Not those that may start later only.'),
  }),
  output: z.object({
    tasks: z.array(
      taskRecord.extend({
        ready: z.boolean(),
        waitsFor: z.enum(['dependencies', 'time']).nullable(),
        unmetDependencies: z.int(),
      }),
    ),
  }),
  effect: 'read',
  errors: ['RecordNotFoundError'],
  example: {
    input: { runId: 'run_6f1c' },
    output: { tasks: [{ ...taskExample, ready: true, waitsFor: null, unmetDependencies: 0 }] },
  },
  async perform(on, { readyBy, runId, ...filter }, caller) {
    if (runId !== undefined) await requireRun(on, caller, runId);
    const { namespace } = caller;
    const found = await on.engine.queries.pendingTasks({
      ...filter,
      ...(runId !== undefined && { runId }),
      ...(namespace !== undefined && { namespace }),
      ...(readyBy !== undefined && { readyBy }),
    });
    return { tasks: found.map(pendingAnswer) };
  },
});

export const listDeadTasks = operation({
  name: 'list_dead_tasks',
  title: 'List dead letters',
  description: 'Tasks that failed for good and may be queued again by hand, the newest first.',
  input: z.strictObject({ ...tasksOf, offset: field.offset }),
  output: z.object({ tasks: z.array(taskRecord) }),
  effect: 'read',
  errors: ['RecordNotFoundError'],
  example: { input: {}, output: { tasks: [{ ...taskExample, status: 'failed', dead: true }] } },
  async perform(on, { runId, ...filter }, caller) {
    if (runId !== undefined) await requireRun(on, caller, runId);
    const { namespace } = caller;
    const tasks = await on.engine.queries.deadTasks({
      ...filter,
      ...(runId !== undefined && { runId }),
      ...(namespace !== undefined && { namespace }),
    });
    return { tasks: tasks.map(taskAnswer) };
  },
});
