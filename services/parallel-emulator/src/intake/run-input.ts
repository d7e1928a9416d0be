import { z } from 'zod';
import { domainPattern } from './source-policy';

const limits = { metadataKey: 16, metadataValue: 512, domains: 200, mcpServers: 10 };

const jsonObject = z.record(z.string(), z.unknown());

/** A schema is an object or, for convenience, a bare string: a text schema with that description. */
const textSchema = z.object({ type: z.literal('text'), description: z.string().nullish() });
const jsonSchema = z.object({ type: z.literal('json').default('json'), json_schema: jsonObject });
const autoSchema = z.object({ type: z.literal('auto') });

const bareText = z.string().transform((description) => ({ type: 'text' as const, description }));

export const taskSpec = z.object({
  output_schema: z.union([jsonSchema, textSchema, autoSchema, bareText]),
  input_schema: z.union([jsonSchema, textSchema, bareText]).nullish(),
});
export type TaskSpec = z.infer<typeof taskSpec>;

export const groupMetadata = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const runMetadata = z.record(
  z.string().max(limits.metadataKey),
  z.union([z.string().max(limits.metadataValue), z.number(), z.boolean()]),
);

const sourcePolicy = z
  .object({
    include_domains: z.array(z.string().regex(domainPattern, 'Not a plain domain or leading-dot suffix')).nullish(),
    exclude_domains: z.array(z.string().regex(domainPattern, 'Not a plain domain or leading-dot suffix')).nullish(),
    after_date: z.iso.date().nullish(),
  })
  .refine(
    ({ include_domains, exclude_domains }) =>
      (include_domains?.length ?? 0) + (exclude_domains?.length ?? 0) <= limits.domains,
    `At most ${limits.domains} domains over both lists`,
  );

const mcpServer = z.object({
  name: z.string(),
  url: z.string(),
  type: z.literal('url').default('url'),
  headers: z.record(z.string(), z.string()).nullish(),
  allowed_tools: z.array(z.string()).nullish(),
});

const webhook = z.object({
  url: z.url({ protocol: /^https?$/ }),
  event_types: z.array(z.literal('task_run.status')).default([]),
});

export const runInput = z.object({
  input: z.union([z.string(), jsonObject]),
  processor: z.string(),
  task_spec: taskSpec.nullish(),
  metadata: runMetadata.nullish(),
  source_policy: sourcePolicy.nullish(),
  advanced_settings: z
    .object({
      location: z
        .string()
        .regex(/^[A-Za-z]{2}$/)
        .nullish(),
      data_sources: jsonObject.nullish(),
    })
    .nullish(),
  previous_interaction_id: z.string().nullish(),
  mcp_servers: z.array(mcpServer).max(limits.mcpServers).nullish(),
  enable_events: z.boolean().nullish(),
  webhook: webhook.nullish(),
  memory_scope_key: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,128}$/)
    .nullish(),
});
export type RunInput = z.infer<typeof runInput>;

export const addRunsBody = z.object({
  inputs: z.array(runInput).max(1_000),
  default_task_spec: taskSpec.nullish(),
});
export type AddRunsBody = z.infer<typeof addRunsBody>;

export const createGroupBody = z.object({ metadata: groupMetadata.nullish() });
