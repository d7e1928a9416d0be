import { MultitaskError, type JsonValue } from '@multitask/contracts';
import { parseJson } from './json-document';

const numbers: ReadonlySet<string> = new Set(['ttl_days', 'max_inputs', 'max_cost_usd']);
const flags: ReadonlySet<string> = new Set(['enable_events']);
const documents: ReadonlySet<string> = new Set([
  ...['output_schema', 'input_schema', 'source_policy', 'mcp_servers', 'advanced_settings'],
]);

/** Parts of a document that a form asks for one by one. */
const parts: Readonly<Record<string, readonly [document: string, part: string]>> = {
  'source_policy.include_domains': ['source_policy', 'include_domains'],
  'source_policy.exclude_domains': ['source_policy', 'exclude_domains'],
  'source_policy.after_date': ['source_policy', 'after_date'],
  'advanced_settings.location': ['advanced_settings', 'location'],
};
const lists: ReadonlySet<string> = new Set(['source_policy.include_domains', 'source_policy.exclude_domains']);

/**
 * The fields of a form or a query as the JSON body would have them. An empty field is one that was left out; what cannot be
 * turned into its type stays text, and the field's own check says what it should be.
 */
export function specFromFields(fields: Iterable<readonly [string, string]>): Record<string, JsonValue> {
  const filled = [...fields].filter(([, text]) => text.trim() !== '');
  const isPart = (name: string) => Object.hasOwn(parts, name);
  const spec = Object.fromEntries(
    filled.filter(([name]) => !isPart(name)).map(([name, text]) => [name, valueOf(name, text)]),
  );
  for (const [name, text] of filled) {
    if (!isPart(name)) continue;
    const [document, part] = parts[name]!;
    const whole = Object.hasOwn(spec, document) ? spec[document] : {};
    const value = lists.has(name) ? text.split(/[\s,]+/).filter(Boolean) : text.trim();
    // What is no object is refused by its own check.
    if (isObject(whole)) spec[document] = { ...whole, [part]: value };
  }
  return spec;
}

function valueOf(name: string, text: string): JsonValue {
  if (documents.has(name)) return parseJson(text, name, name);
  if (name === 'metadata') return labelsOf(text);
  if (numbers.has(name) && /^-?\d+(\.\d+)?$/.test(text.trim())) return Number(text);
  if (flags.has(name))
    return ({ true: true, on: true, '1': true, false: false, '0': false } as const)[text.trim()] ?? text;
  return text;
}

/** A JSON object, or what is quicker to type: `key: value`, one a line. */
function labelsOf(text: string): JsonValue {
  if (/^[[{]/.test(text.trim())) return parseJson(text, 'metadata', 'metadata');
  const lines = text.split(/\r\n|[\r\n]/).filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const end = line.search(/[:=]/);
      const key = line.slice(0, Math.max(0, end)).trim();
      if (key === '' || key === '__proto__')
        throw new MultitaskError(
          'malformed_body',
          'metadata must be lines such as "team: research", or a JSON object.',
          {
            field: 'metadata',
          },
        );
      return [key, line.slice(end + 1).trim()];
    }),
  );
}

const isObject = (value: JsonValue | undefined): value is { [name: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
