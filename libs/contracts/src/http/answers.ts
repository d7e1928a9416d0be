import { z } from 'zod';
import { groupWarning } from '../events/group-spec';
import { jsonObject, jsonValue } from '../json';

export const estimate = z.object({
  cost_usd: z.number().nullable().describe('US dollars for all rows; null when the processor’s price is not known.'),
  usd_per_run: z.number().nullable(),
  seconds: z
    .object({ min: z.number(), max: z.number() })
    .nullable()
    .describe('How long all rows together usually take.'),
});
export type Estimate = z.infer<typeof estimate>;

export const formats = z.object({
  json: z.string(),
  md: z.string(),
  html: z.string(),
  sse: z.string(),
  csv: z.string(),
  ndjson: z.string(),
  // Answers remembered from before they were offered have neither.
  sqlite: z.string().optional(),
  db: z.string().optional().describe('To a browser a page that asks the SQLite file in SQL, to others the file.'),
  status: z.string(),
});
export type Formats = z.infer<typeof formats>;

const resolved = {
  num_inputs: z.int(),
  processor: z.string(),
  output_type: z.enum(['text', 'json', 'auto']),
  output_schema: jsonObject.nullable().describe('The schema each output follows; null for text and auto.'),
  title: z.string().nullable(),
  warnings: z.array(groupWarning),
  estimate,
};

/** The JSON answer to a create request. */
export const createAnswer = z.object({
  url: z.string().describe('Where the result is, live, in every format.'),
  taskgroup_id: z.string(),
  ...resolved,
  expires_at: z.string().nullable().describe('Null until the group is done; the result stays ttl_days from then on.'),
  formats,
  webhook_secret: z.string().optional().describe('Verifies the webhook’s signature.'),
});
export type CreateAnswer = z.infer<typeof createAnswer>;

/** The answer to a dry run: what would be created. Nothing was. */
export const dryRunAnswer = z.object({
  dry_run: z.literal(true),
  ...resolved,
  preview: z.array(jsonValue).describe('The first rows as they were understood.'),
});
export type DryRunAnswer = z.infer<typeof dryRunAnswer>;

export const groupListAnswer = z.object({
  groups: z.array(
    z.object({
      taskgroup_id: z.string(),
      url: z.string(),
      title: z.string().nullable(),
      processor: z.string(),
      num_inputs: z.int(),
      is_active: z.boolean(),
      status_counts: z.record(z.string(), z.int()),
      created_at: z.string(),
      expires_at: z.string().nullable(),
    }),
  ),
  next_cursor: z.string().nullable(),
});
export type GroupListAnswer = z.infer<typeof groupListAnswer>;

export const limitsAnswer = z.object({
  upstream: z.enum(['parallel', 'emulator', 'custom']).describe('Whose answers rows get.'),
  key_required: z.boolean(),
  processors: z.array(
    z.object({
      name: z.string(),
      usd_per_run: z.number(),
      latency_seconds: z.object({ min: z.number(), max: z.number() }),
      max_fields: z.int(),
    }),
  ),
  limits: z.object({
    body_bytes: z.int(),
    inputs_bytes: z.int(),
    rows: z.int(),
    spec_characters: z.int(),
    spec_and_input_characters: z.int(),
    ttl_days: z.object({ default: z.int(), min: z.int(), max: z.int() }),
    max_cost_usd: z.number().nullable(),
    prefer_wait_seconds: z.int(),
    requests_per_minute: z.int(),
  }),
  fields: z.array(z.string()),
});
export type LimitsAnswer = z.infer<typeof limitsAnswer>;

export const problemAnswer = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe('What is wrong and what to do about it.'),
  code: z.string(),
  retryable: z.boolean(),
  field: z.string().optional(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});
