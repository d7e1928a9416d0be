import { z } from 'zod';
import { groupWarning } from '../events/group-spec';
import { jsonObject } from '../json';

const status = z.object({
  num_task_runs: z.int().describe('Rows of the group.'),
  task_run_status_counts: z
    .record(z.string(), z.int())
    .describe('Sums to num_task_runs; absent statuses have no rows.'),
  is_active: z.boolean().describe('False once every row is settled.'),
  status_message: z.string(),
  modified_at: z.string(),
  blocked: z
    .object({ reason: z.string(), message: z.string(), next_try_at: z.string() })
    .nullable()
    .describe('Why nothing moves, and when the next try is.'),
});

const group = {
  taskgroup_id: z.string(),
  status,
  generation: z.int().describe('Grows with each append and retry.'),
  created_at: z.string(),
  completed_at: z.string().nullable(),
  expires_at: z.string().nullable(),
  upstream: z.enum(['parallel', 'emulator', 'custom']),
};

/** `GET /<id>/status`. As documentation: what is sent is made by result-formats, and may have more. */
export const statusAnswer = z.looseObject(group);

/** `GET /<id>.json`. As documentation, like {@link statusAnswer}. */
export const resultAnswer = z.looseObject({
  ...group,
  title: z.string().nullable(),
  metadata: jsonObject.nullable(),
  processor: z.string(),
  output_schema: jsonObject.nullable(),
  warnings: z.array(groupWarning),
  results: z
    .array(z.looseObject({ $id: z.string().nullable(), $status: z.string() }))
    .describe('One flat object per row, in input order: $id, $status, the inputs, the outputs.'),
  runs: z
    .array(z.looseObject({ run_id: z.string().nullable(), status: z.string() }))
    .describe('The run of each row with its basis, confidence and error.'),
  next_cursor: z.string().nullable(),
});
