import { jsonObject, jsonValue } from '@multitask/contracts';
import {
  orchestrationEventTypes,
  runStatuses,
  taskStatuses,
  type OrchestrationEventType,
} from '@multitask/orchestration';
import { z } from 'zod';

const text = z.string().nullable();
const when = z.string().describe('ISO 8601.');
const maybe = when.nullable();

export const runRecord = z.object({
  id: z.string(),
  namespace: z.string(),
  externalId: text,
  status: z.enum(runStatuses),
  metadata: jsonObject,
  currentContextSnapshotId: text,
  sealed: z.boolean().describe('Nothing can be enqueued any more.'),
  createdAt: when,
  updatedAt: when,
});
export type RunRecordAnswer = z.infer<typeof runRecord>;

export const taskRecord = z.object({
  id: z.string(),
  runId: z.string(),
  key: text,
  kind: z.string(),
  status: z.enum(taskStatuses as [(typeof taskStatuses)[number]]),
  priority: z.int(),
  maxAttempts: z.int().nullable(),
  attemptCount: z.int().describe('Attempts that count: released and paused ones do not.'),
  retry: z
    .object({ delayMs: z.int(), backoff: z.enum(['fixed', 'exponential']), maxDelayMs: z.int().nullable() })
    .nullable(),
  timeoutMs: z.int().nullable(),
  notBefore: maybe,
  input: jsonValue,
  output: jsonValue,
  metadata: jsonObject.describe('`resume` is what a person answered.'),
  error: jsonValue,
  contextSnapshotId: text,
  leaseId: text,
  leasedBy: text,
  leaseExpiresAt: maybe,
  dependsOnTaskIds: z.array(z.string()),
  onDependencyFailure: z.enum(['skip', 'fail', 'run']),
  dead: z.boolean().describe('Failed for good; requeue_dead_task gives it another life.'),
  createdAt: when,
  updatedAt: when,
  startedAt: maybe,
  completedAt: maybe,
});
export type TaskAnswer = z.infer<typeof taskRecord>;

export const attemptRecord = z.object({
  id: z.string(),
  taskId: z.string(),
  number: z.int(),
  workerId: z.string(),
  leaseId: z.string(),
  status: z.enum(['leased', 'running', 'completed', 'failed', 'expired', 'released', 'cancelled']),
  contextSnapshotId: text,
  startedAt: when,
  endedAt: maybe,
});

export const leaseRecord = z.object({
  id: z.string(),
  taskId: z.string(),
  workerId: z.string(),
  status: z.literal('active'),
  fencingToken: z.int().describe('Grows with every claim of the task.'),
  leaseMs: z.int(),
  acquiredAt: when,
  expiresAt: when,
});

export const snapshotRecord = z.object({
  id: z.string(),
  runId: z.string(),
  taskId: text,
  scope: z.enum(['run', 'task']),
  parentSnapshotId: text,
  payload: jsonObject,
  label: text,
  createdAt: when,
});

export const eventType = z.enum(orchestrationEventTypes as [OrchestrationEventType]);

export const eventRecord = z.object({
  id: z.int().describe('Grows; with gaps.'),
  runId: z.string(),
  taskId: text,
  type: eventType,
  data: jsonObject,
  createdAt: when,
});

export const claimRecord = z.object({ run: runRecord, task: taskRecord, attempt: attemptRecord, lease: leaseRecord });
