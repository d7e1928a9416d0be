import {
  MultitaskError,
  type CreateSpec,
  type GroupWarning,
  type JsonObject,
  type OutputSchema,
} from '@multitask/contracts';
import { refuse } from './faults';
import { isNode } from './schema/json-schema';
import { unsupportedKeywords } from './schema/output-schema.review';
import { reviewOutputSchema } from './schema/output-schema.rules';

/** What each row will be answered with: known, or to be suggested from the caller's words. */
export type OutputPlan =
  | { readonly kind: 'known'; readonly output: OutputSchema; readonly warnings: readonly GroupWarning[] }
  | { readonly kind: 'suggest'; readonly intent: string };

/** Applies the rules of `output_type`, `output_description` and `output_schema`. Throws for combinations that mean nothing. */
export function planOutput(spec: CreateSpec): OutputPlan {
  const { output_description: description } = spec;
  const schema = spec.output_schema && unwrapped(spec.output_schema);
  const type = spec.output_type ?? (schema ? 'json' : undefined);
  if (type === undefined)
    throw wrong(
      'output_type',
      'output_type is missing: "text", "json" (with output_schema or output_description) or "auto".',
    );
  if (type !== 'json' && schema)
    throw wrong(
      'output_schema',
      `output_schema has no meaning with output_type "${type}"; choose "json" or leave the schema out.`,
    );
  if (type === 'auto') {
    if (description !== undefined)
      throw wrong(
        'output_description',
        'With output_type "auto" the upstream decides by itself; choose "json" or "text" to describe the output.',
      );
    return { kind: 'known', output: { type: 'auto' }, warnings: [] };
  }
  if (type === 'text')
    return { kind: 'known', output: { type: 'text', ...(description !== undefined && { description }) }, warnings: [] };
  if (schema) return knownSchema(schema, description);
  if (description === undefined)
    throw wrong('output_schema', 'output_type "json" needs output_schema, or output_description to suggest one from.');
  return { kind: 'suggest', intent: description };
}

function knownSchema(schema: JsonObject, description: string | undefined): OutputPlan {
  const { errors, warnings } = reviewOutputSchema(schema);
  if (errors.length > 0) refuse('invalid_schema', errors);
  const described = description !== undefined && schema.description === undefined ? { ...schema, description } : schema;
  return { kind: 'known', output: { type: 'json', json_schema: described }, warnings };
}

/** The upstream's own form `{"type": "json", "json_schema": {…}}` is taken too. */
const unwrapped = (schema: JsonObject): JsonObject =>
  schema.type === 'json' && isNode(schema.json_schema) && Object.keys(schema).length === 2
    ? schema.json_schema
    : schema;

const wrong = (field: string, message: string): MultitaskError =>
  new MultitaskError('invalid_field', message, { field });

/**
 * A suggested schema made fit for use: keywords the upstream itself would refuse are dropped. Undefined when what remains is
 * still not usable.
 */
export function planSuggested(schema: JsonObject): Extract<OutputPlan, { kind: 'known' }> | undefined {
  const usable = withoutUnsupported(schema) as JsonObject;
  const { errors, warnings } = reviewOutputSchema(usable, 'output_schema');
  if (errors.length > 0) return undefined;
  return { kind: 'known', output: { type: 'json', json_schema: usable }, warnings };
}

/** Names of properties are names, whatever they are: only schemas lose keywords. */
function withoutUnsupported(value: unknown, isSchema = true): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutUnsupported(item, isSchema));
  if (!isNode(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !isSchema || !unsupportedKeywords.has(key));
  return Object.fromEntries(
    kept.map(([key, inner]) => {
      if (isSchema && (key === 'enum' || key === 'const' || key === 'default' || key === 'examples'))
        return [key, inner];
      const holdsNames = isSchema && (key === 'properties' || key === '$defs' || key === 'definitions');
      return [key, withoutUnsupported(inner, !holdsNames)];
    }),
  );
}
