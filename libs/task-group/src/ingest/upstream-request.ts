import { rowKeyMetadata, type GroupSpec, type JsonObject, type RowInput, type RowKey } from '@multitask/contracts';

/** One element of `inputs` of the POST that buys runs. `mcpServers` come from the vault, headers included. */
export function runInputOf(
  spec: GroupSpec,
  key: RowKey,
  input: RowInput,
  mcpServers?: readonly JsonObject[],
): JsonObject {
  return {
    input,
    processor: spec.processor,
    metadata: { [rowKeyMetadata]: key },
    ...(spec.source_policy && { source_policy: spec.source_policy }),
    ...(spec.advanced_settings && { advanced_settings: spec.advanced_settings }),
    ...(mcpServers && mcpServers.length > 0 && { mcp_servers: [...mcpServers] }),
    ...(spec.enable_events !== undefined && { enable_events: spec.enable_events }),
    ...(spec.previous_interaction_id && { previous_interaction_id: spec.previous_interaction_id }),
    ...(spec.memory_scope_key && { memory_scope_key: spec.memory_scope_key }),
  };
}
