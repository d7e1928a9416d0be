import { z } from 'zod';
import { jsonObject } from '../json';

/** What each run shall answer with, in the upstream's own form. */
export const outputSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('json'), json_schema: jsonObject }),
  z.object({ type: z.literal('text'), description: z.string().optional() }),
  z.object({ type: z.literal('auto') }),
]);
export type OutputSchema = z.infer<typeof outputSchema>;

export const sourcePolicy = z.object({
  include_domains: z.array(z.string()).optional(),
  exclude_domains: z.array(z.string()).optional(),
  after_date: z.string().optional(),
});

/** An MCP server as it may be shown: its headers are secrets and stay in the vault. */
export const shownMcpServer = z.object({
  name: z.string(),
  url: z.string(),
  allowed_tools: z.array(z.string()).optional(),
});

/** A task group's specification **without secrets**: what the log, the read models and every reader may hold. */
export const groupSpec = z.object({
  title: z.string().optional(),
  metadata: jsonObject.optional(),
  processor: z.string(),
  output: outputSchema,
  output_description: z.string().optional(),
  input_schema: jsonObject.optional(),
  source_policy: sourcePolicy.optional(),
  advanced_settings: jsonObject.optional(),
  mcp_servers: z.array(shownMcpServer).optional(),
  enable_events: z.boolean().optional(),
  previous_interaction_id: z.string().optional(),
  memory_scope_key: z.string().optional(),
  ttl_days: z.number().int(),
});
export type GroupSpec = z.infer<typeof groupSpec>;

/** Something the user should know about a group; `code` is ours or the upstream's warning type. */
export const groupWarning = z.object({ code: z.string(), message: z.string(), field: z.string().optional() });
export type GroupWarning = z.infer<typeof groupWarning>;
