import { z } from 'zod';
import { jsonObject } from './json';

/** The seven states of a run upstream. `action_required` is not active, so we treat it as an end. */
export const runStatuses = [
  'queued',
  'action_required',
  'running',
  'completed',
  'failed',
  'cancelling',
  'cancelled',
] as const;
export type RunStatus = (typeof runStatuses)[number];

export const settledStatuses: readonly RunStatus[] = ['completed', 'failed', 'cancelled', 'action_required'];

/** Accepted leniently: the upstream may leave out, null or add keys, and examples of it disagree. */
export const taskRun = z.looseObject({
  run_id: z.string(),
  interaction_id: z.string().nullish(),
  status: z.enum(runStatuses),
  is_active: z.boolean().nullish(),
  processor: z.string().nullish(),
  created_at: z.string().nullish(),
  modified_at: z.string().nullish(),
  metadata: jsonObject.nullish(),
  taskgroup_id: z.string().nullish(),
  warnings: z.array(z.looseObject({ type: z.string().nullish(), message: z.string().nullish() })).nullish(),
  error: z.looseObject({ message: z.string().nullish(), ref_id: z.string().nullish() }).nullish(),
});
export type TaskRun = z.infer<typeof taskRun>;

export const citation = z.looseObject({
  url: z.string().nullish(),
  title: z.string().nullish(),
  excerpts: z.array(z.string()).nullish(),
});
export const fieldBasis = z.looseObject({
  field: z.string(),
  reasoning: z.string().nullish(),
  citations: z.array(citation).nullish(),
  confidence: z.string().nullish(),
});
export type FieldBasis = z.infer<typeof fieldBasis>;

export const taskRunOutput = z.looseObject({
  type: z.string(),
  content: z.union([z.string(), jsonObject]),
  basis: z.array(fieldBasis).nullish(),
});
export type TaskRunOutput = z.infer<typeof taskRunOutput>;

export const taskGroupStatus = z.looseObject({
  num_task_runs: z.number().int(),
  task_run_status_counts: jsonObject.nullish(),
  is_active: z.boolean(),
  status_message: z.string().nullish(),
  modified_at: z.string().nullish(),
});
export type UpstreamGroupStatus = z.infer<typeof taskGroupStatus>;
