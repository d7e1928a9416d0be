import { isObject, listOf, propertiesOf, typesOf, type JsonSchema, type SchemaObject } from '../intake/json-schema';

/** A schema whose values follow both, for what the rules let through: the stricter side wins keyword by keyword. */
export function combine(left: SchemaObject, right: SchemaObject): SchemaObject {
  const combined: Record<string, unknown> = { ...left, ...right };
  const types = commonTypes(typesOf(left), typesOf(right));
  if (types.length > 0) combined.type = types.length === 1 ? types[0] : types;
  if (left.properties !== undefined || right.properties !== undefined)
    combined.properties = combineProperties(propertiesOf(left), propertiesOf(right));
  if (left.required !== undefined || right.required !== undefined)
    combined.required = [...new Set([...listOf(left.required), ...listOf(right.required)])];
  if (left.additionalProperties === false || right.additionalProperties === false)
    combined.additionalProperties = false;
  if (Array.isArray(left.enum) && Array.isArray(right.enum)) {
    const kept = new Set(right.enum.map((value) => JSON.stringify(value)));
    combined.enum = left.enum.filter((value) => kept.has(JSON.stringify(value)));
  }
  if (isObject(left.items) && isObject(right.items)) combined.items = combine(left.items, right.items);
  for (const keyword of ['anyOf', 'oneOf'])
    if (left[keyword] !== undefined && right[keyword] !== undefined) {
      combined[keyword] = left[keyword];
      combined.allOf = [...listOf(combined.allOf), { [keyword]: right[keyword] }];
    }
  if (left.allOf !== undefined && right.allOf !== undefined)
    combined.allOf = [...listOf(left.allOf), ...listOf(combined.allOf)];
  return combined;
}

function combineProperties(left: Record<string, JsonSchema>, right: Record<string, JsonSchema>) {
  const combined = { ...left, ...right };
  for (const [name, schema] of Object.entries(left)) {
    const other = right[name];
    if (isObject(schema) && isObject(other)) combined[name] = combine(schema, other);
  }
  return combined;
}

function commonTypes(left: readonly string[], right: readonly string[]): string[] {
  if (left.length === 0 || right.length === 0) return [...left, ...right];
  const numeric = (types: readonly string[]) => types.includes('integer') && !types.includes('number');
  const common = left.filter((type) => right.includes(type));
  if (common.length === 0 && (numeric(left) || numeric(right))) return ['integer'];
  return common.length > 0 ? common : [...left];
}
