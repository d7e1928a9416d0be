import {
  findProcessor,
  limits,
  type CreateSpec,
  type GroupSpec,
  type GroupWarning,
  type OutputSchema,
} from '@multitask/contracts';
import { refuse } from './faults';
import { jsonExceeds } from '../ingest/event-size';
import { specCharacters } from './task-spec';
import { inputSchemaFaults } from './schema/input-schema.check';
import { fieldCountWarning } from './schema/output-schema.review';

/** The processor that answers when none was named and none was suggested: good for up to ten fields at 2.5 cents. */
export const fallbackProcessor = 'core';

/** Checks that need no upstream and no rows, beyond those of single fields. */
export function checkSpec(spec: CreateSpec): void {
  if (spec.input_schema) {
    const faults = inputSchemaFaults(spec.input_schema);
    if (faults.length > 0) refuse('invalid_schema', faults);
  }
  if (spec.webhook_secret !== undefined && spec.webhook_url === undefined)
    refuse('invalid_field', [{ field: 'webhook_secret', message: 'has no meaning without webhook_url' }]);
  const names = (spec.mcp_servers ?? []).map((server) => server.name);
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (twice >= 0) refuse('invalid_field', [{ field: `mcp_servers[${twice}].name`, message: 'is there twice' }]);
  if (jsonExceeds(spec.mcp_servers ?? [], limits.mcpServersBytes))
    refuse('invalid_field', [
      { field: 'mcp_servers', message: `must be at most ${limits.mcpServersBytes} bytes, headers included` },
    ]);
}

/** What the log and every reader may know of a request: everything but its secrets. */
export function composeSpec(
  spec: CreateSpec,
  resolved: { output: OutputSchema; processor: string; title?: string },
): GroupSpec {
  const title = spec.title ?? resolved.title;
  return {
    ...(title !== undefined && { title }),
    ...(spec.metadata && { metadata: spec.metadata }),
    processor: resolved.processor,
    output: resolved.output,
    ...(spec.output_description !== undefined && { output_description: spec.output_description }),
    ...(spec.input_schema && { input_schema: spec.input_schema }),
    ...(spec.source_policy && { source_policy: spec.source_policy }),
    ...(spec.advanced_settings && { advanced_settings: spec.advanced_settings as GroupSpec['advanced_settings'] }),
    ...(spec.mcp_servers && {
      mcp_servers: spec.mcp_servers.map((server) => ({
        name: server.name,
        url: shownServerUrl(server.url),
        ...(server.allowed_tools && { allowed_tools: server.allowed_tools }),
      })),
    }),
    ...(spec.enable_events !== undefined && { enable_events: spec.enable_events }),
    ...(spec.previous_interaction_id !== undefined && { previous_interaction_id: spec.previous_interaction_id }),
    ...(spec.memory_scope_key !== undefined && { memory_scope_key: spec.memory_scope_key }),
    ttl_days: spec.ttl_days ?? limits.ttlDays.default,
  };
}

/** Many hosted servers carry their token in the path, so nothing behind the host is shown. */
function shownServerUrl(text: string): string {
  const url = URL.parse(text);
  return url ? `${url.protocol}//${url.host}…` : '…';
}

/** Warnings that depend on the processor, and the one refusal: a specification larger than the upstream takes. */
export function reviewSpec(spec: GroupSpec): GroupWarning[] {
  const characters = specCharacters(spec);
  if (characters > limits.specCharacters)
    refuse('invalid_schema', [
      {
        field: spec.output.type === 'json' ? 'output_schema' : 'output_description',
        message: `makes a task specification of ${characters} characters; the upstream takes ${limits.specCharacters}`,
      },
    ]);
  const fieldCount =
    spec.output.type === 'json' ? fieldCountWarning(spec.output.json_schema, spec.processor) : undefined;
  return [
    ...(findProcessor(spec.processor) ? [] : [unknownProcessor(spec.processor)]),
    ...(fieldCount ? [fieldCount] : []),
    ...(spec.source_policy?.include_domains?.length && spec.source_policy.exclude_domains?.length ? [includeWins] : []),
  ];
}

const unknownProcessor = (name: string): GroupWarning => ({
  code: 'unknown_processor',
  field: 'processor',
  message: `${JSON.stringify(name)} is no processor known here. It is passed on as it is; no price can be told, and rows are rejected if the account may not use it.`,
});

const includeWins: GroupWarning = {
  code: 'source_policy',
  field: 'source_policy.exclude_domains',
  message: 'When both lists are given, only include_domains is followed.',
};
