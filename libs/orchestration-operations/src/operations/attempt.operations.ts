import { z } from 'zod';
import { operation } from '../operation';
import { taskAnswer } from '../schema/answers';
import { taskExample, tripleExample } from '../schema/examples';
import * as field from '../schema/fields';
import { taskRecord } from '../schema/records';
import { requireTask } from '../visible';

const output = z.object({ task: taskRecord });
const errors = ['RecordNotFoundError', 'InvalidTransitionError', 'LeaseConflictError', 'LeaseExpiredError'] as const;

export const completeTask = operation({
  name: 'complete_task',
  title: 'Complete a task',
  description: 'Ends a task with its output. nextContext is joined key by key with what others wrote meanwhile.',
  input: z.strictObject({
    ...field.leaseTriple,
    output: field.value.optional(),
    metadata: field.object.optional(),
    nextContext: field.object.optional(),
    nextContextLabel: field.label.optional(),
    clientToken: field.clientToken.optional(),
  }),
  output,
  effect: 'write',
  errors: [...errors, 'ContextConflictError'],
  example: {
    input: { ...tripleExample, output: { capital: 'Paris' } },
    output: { task: { ...taskExample, status: 'completed', output: { capital: 'Paris' } } },
  },
  async perform(on, input, caller) {
    await requireTask(on, caller, input.taskId);
    return { task: taskAnswer(await on.engine.attempts.complete(input)) };
  },
});

export const failTask = operation({
  name: 'fail_task',
  title: 'Report a failure',
  description:
    'Ends the attempt. The task is queued again while attempts remain, unless retryable is false; else it is a dead letter.',
  input: z.strictObject({
    ...field.leaseTriple,
    error: field.value
      .refine(
        (error) => typeof error === 'string' || (typeof error === 'object' && error !== null),
        'must be a text or an object',
      )
      .describe('A text, or an object with name and message; it comes back as given.'),
    metadata: field.object.optional(),
    retryable: field.flag.optional(),
    clientToken: field.clientToken.optional(),
  }),
  output,
  effect: 'write',
  errors,
  example: {
    input: { ...tripleExample, error: { name: 'TimeoutError', message: 'no answer' } },
    output: { task: { ...taskExample, attemptCount: 1, error: { name: 'TimeoutError', message: 'no answer' } } },
  },
  async perform(on, input, caller) {
    await requireTask(on, caller, input.taskId);
    return { task: taskAnswer(await on.engine.attempts.fail(input)) };
  },
});

export const releaseTask = operation({
  name: 'release_task',
  title: 'Give a task back',
  description: 'Queues the task again for somebody else. Costs no attempt.',
  input: z.strictObject({ ...field.leaseTriple, reason: field.reason.optional() }),
  output,
  effect: 'write',
  errors,
  example: { input: tripleExample, output: { task: taskExample } },
  async perform(on, input, caller) {
    await requireTask(on, caller, input.taskId);
    return { task: taskAnswer(await on.engine.attempts.release(input)) };
  },
});

export const pauseTask = operation({
  name: 'pause_task',
  title: 'Pause a task',
  description:
    'Sets the task aside until resume_task: blocked by something, or waiting for a person’s answer. Costs no attempt.',
  input: z.strictObject({
    ...field.leaseTriple,
    status: z.enum(['blocked', 'waiting_input'], 'must be blocked or waiting_input'),
    reason: field.reason.optional().describe('What it waits for; of waiting_input, the question.'),
  }),
  output,
  effect: 'write',
  errors,
  example: {
    input: { ...tripleExample, status: 'waiting_input', reason: 'Which year?' },
    output: { task: { ...taskExample, status: 'waiting_input' } },
  },
  async perform(on, input, caller) {
    await requireTask(on, caller, input.taskId);
    return { task: taskAnswer(await on.engine.attempts.pause(input)) };
  },
});

export const resumeTask = operation({
  name: 'resume_task',
  title: 'Resume a paused task',
  description: 'Queues a paused task again. payload, a person’s answer, reaches the next worker as metadata.resume.',
  input: z.strictObject({ taskId: field.id, payload: field.value.optional() }),
  output,
  effect: 'write',
  errors: ['RecordNotFoundError', 'InvalidTransitionError'],
  example: {
    input: { taskId: taskExample.id, payload: '2024' },
    output: { task: { ...taskExample, metadata: { resume: '2024' } } },
  },
  async perform(on, { taskId, payload }, caller) {
    await requireTask(on, caller, taskId);
    return { task: taskAnswer(await on.engine.byHand.resume(taskId, payload)) };
  },
});

export const requeueDeadTask = operation({
  name: 'requeue_dead_task',
  title: 'Give a dead letter another life',
  description: 'Queues a task again that had failed for good, and opens its run again.',
  input: z.strictObject({
    taskId: field.id,
    resetAttempts: field.flag.default(true),
    notBefore: field.time.optional(),
    reason: field.reason.optional(),
  }),
  output,
  effect: 'write',
  errors: ['RecordNotFoundError', 'InvalidTransitionError', 'RunTerminalError'],
  example: { input: { taskId: taskExample.id }, output: { task: taskExample } },
  async perform(on, { taskId, ...order }, caller) {
    await requireTask(on, caller, taskId);
    return { task: taskAnswer(await on.engine.byHand.requeue(taskId, order)) };
  },
});
