import type { JsonValue } from '@multitask/contracts';
import { parseJson } from './json-document';

const numbers: ReadonlySet<string> = new Set(['ttl_days', 'max_inputs', 'max_cost_usd']);
const flags: ReadonlySet<string> = new Set(['enable_events']);
const documents: ReadonlySet<string> = new Set([
  ...['output_schema', 'input_schema', 'metadata', 'source_policy', 'mcp_servers', 'advanced_settings'],
]);

/**
 * The fields of a form or a query as the JSON body would have them. An empty field is one that was left out; what cannot be
 * turned into its type stays text, and the field's own check says what it should be.
 */
export function specFromFields(fields: Iterable<readonly [string, string]>): Record<string, JsonValue> {
  const spec: [string, JsonValue][] = [];
  for (const [name, text] of fields) if (text.trim() !== '') spec.push([name, valueOf(name, text)]);
  return Object.fromEntries(spec);
}

function valueOf(name: string, text: string): JsonValue {
  if (documents.has(name)) return parseJson(text, name, name);
  if (numbers.has(name) && /^-?\d+(\.\d+)?$/.test(text.trim())) return Number(text);
  if (flags.has(name))
    return ({ true: true, on: true, '1': true, false: false, '0': false } as const)[text.trim()] ?? text;
  return text;
}
