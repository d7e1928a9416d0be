import { z } from 'zod';
import { jsonObject, rowInput } from '../json';
import { limits } from '../limits';
import { sourcePolicyFields } from './source-policy';

/** `whsec_` and Base64 of at least 24 bytes, as Standard Webhooks asks. */
const webhookSecretPattern = /^whsec_(?:[A-Za-z0-9+/]{4}){8,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** No line breaks: a header value must never start a second header. */
const headerText = z.string().regex(/^[^\r\n\0]*$/, 'must not hold line breaks');

const httpUrl = z
  .string()
  .max(2_048, 'must be at most 2,048 characters')
  .regex(/^https?:\/\/[^\s]+$/i, 'must be an http:// or https:// URL');

export const mcpServerInput = z.strictObject({
  type: z.literal('url', 'must be "url"').optional(),
  name: z.string().min(1, 'must not be empty').max(100, 'must be at most 100 characters'),
  url: httpUrl,
  headers: z.record(z.string(), headerText).nullish(),
  allowed_tools: z.array(z.string()).nullish(),
});
export type McpServerInput = z.infer<typeof mcpServerInput>;

const metadataValue = z.union(
  [z.string().max(512, 'must be at most 512 characters'), z.number(), z.boolean()],
  'must be a string of at most 512 characters, a number or a boolean',
);

/** Every field of a create request but `inputs`, which may also be a file or a URL and has checks of its own. */
export const createFields = {
  output_type: z
    .enum(['text', 'json', 'auto'], 'must be "text", "json" or "auto"')
    .optional()
    .describe('What each row is answered with. May be left out when output_schema is given.'),
  output_description: z
    .string()
    .min(1, 'must not be empty')
    .max(limits.specCharacters, `must be at most ${limits.specCharacters} characters`)
    .optional()
    .describe('The wanted output in words. For json without output_schema, a schema is suggested from it.'),
  output_schema: jsonObject
    .optional()
    .describe('JSON Schema of each row’s output: an object with properties. Not together with text.'),
  processor: z
    .string()
    .min(1, 'must not be empty')
    .max(64, 'must be at most 64 characters')
    .optional()
    .describe('Which processor answers, such as lite, base, core, pro or ultra. Suggested when left out.'),
  webhook_url: httpUrl.optional().describe('Called once with a signed POST when all rows are done.'),
  webhook_secret: z
    .string()
    .max(1_024, 'must be at most 1,024 characters')
    .regex(webhookSecretPattern, 'must be whsec_ followed by the Base64 of at least 24 bytes')
    .optional()
    .describe('Signs the webhook. We make one when it is left out.'),
  input_schema: jsonObject
    .optional()
    .describe('JSON Schema of the inputs. A row that does not match it is a warning, never a refusal.'),
  metadata: z
    .record(z.string().min(1, 'has an empty key').max(16, 'has a key of more than 16 characters'), metadataValue)
    .optional()
    .describe('Your own labels, returned unchanged with the result.'),
  source_policy: sourcePolicyFields.optional().describe('Which web sources may or may not be used.'),
  mcp_servers: z
    .array(mcpServerInput)
    .max(limits.mcpServers, `must be at most ${limits.mcpServers} servers`)
    .optional()
    .describe('Remote MCP servers whose tools each run may use. Headers are kept sealed.'),
  advanced_settings: z
    .looseObject({
      location: z
        .string()
        .regex(/^[A-Za-z]{2}$/, 'must be a two-letter country code')
        .nullish(),
    })
    .optional()
    .describe('Passed on to each run, for example {"location": "de"}.'),
  enable_events: z.boolean().optional().describe('Track the progress of each run.'),
  previous_interaction_id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1 to 128 letters, digits, _ or -')
    .optional()
    .describe('A completed run whose context each row continues.'),
  memory_scope_key: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1 to 128 letters, digits, _ or -')
    .optional()
    .describe('Scopes what runs may remember of one another.'),
  title: z.string().min(1, 'must not be empty').max(200, 'must be at most 200 characters').optional(),
  ttl_days: z
    .int('must be a whole number')
    .min(limits.ttlDays.min, `must be at least ${limits.ttlDays.min}`)
    .max(limits.ttlDays.max, `must be at most ${limits.ttlDays.max}`)
    .optional()
    .describe(`Days the result stays after completion; ${limits.ttlDays.default} when left out.`),
  max_inputs: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .optional()
    .describe('Refuses the request when there are more rows. Never cuts.'),
  max_cost_usd: z
    .number()
    .min(0, 'must not be negative')
    .optional()
    .describe('Refuses the request when the estimated cost is above.'),
} as const;

/** A create request without its inputs. Unknown keys are refused. */
export const createSpec = z.strictObject(createFields);
export type CreateSpec = z.infer<typeof createSpec>;

/** Fields that make sense for a group that exists already: nothing is bought, so nothing of a task is chosen. */
export const followRequest = z.strictObject({
  taskgroup_id: z
    .string()
    .regex(/^tgrp_[0-9a-f]{32}$/, 'must be the id of a task group: tgrp_ and 32 hex digits')
    .describe('A task group that exists at Parallel and that your key can read.'),
  title: createFields.title,
  ttl_days: createFields.ttl_days,
  webhook_url: createFields.webhook_url,
  webhook_secret: createFields.webhook_secret,
});
export type FollowRequest = z.infer<typeof followRequest>;

export const inputsField = z
  .union([z.array(rowInput), httpUrl])
  .describe('An array of objects, an array of strings, or a URL to JSON, NDJSON or CSV.');

/** The whole JSON body of `POST /v1beta/tasks/multitask`. */
export const createRequest = z.strictObject({ inputs: inputsField, ...createFields });
export type CreateRequest = z.infer<typeof createRequest>;
