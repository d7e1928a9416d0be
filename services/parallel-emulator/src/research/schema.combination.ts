import { isObject, listOf, propertiesOf, typesOf, type JsonSchema, type SchemaObject } from '../intake/json-schema';

/** A schema whose values follow both, for what the rules let through: the stricter side wins keyword by keyword. */
export function combine(left: SchemaObject, right: SchemaObject): SchemaObject {
  const combined: Record<string, unknown> = { ...left, ...right };
  const types = commonTypes(typesOf(left), typesOf(right));
  if (types === undefined) return { enum: [] };
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

/** The types both sides allow; either side may allow all by naming none. Undefined when they have none in common. */
function commonTypes(left: readonly string[], right: readonly string[]): string[] | undefined {
  if (left.length === 0 || right.length === 0) return [...left, ...right];
  const wider = (types: readonly string[]) => (types.includes('number') ? [...types, 'integer'] : types);
  const common = [...new Set([...left, ...right])].filter(
    (type) => wider(left).includes(type) && wider(right).includes(type),
  );
  return common.length > 0 ? common : undefined;
}

/** False when nothing can follow a schema, as far as types, enums and required properties tell. */
export function isPossible(schema: JsonSchema): boolean {
  if (!isObject(schema)) return schema;
  if (Array.isArray(schema.enum) && schema.enum.length === 0) return false;
  const properties = propertiesOf(schema);
  return (listOf(schema.required) as unknown[]).every((name) => {
    if (Object.hasOwn(properties, String(name))) return isPossible(properties[String(name)]!);
    return schema.additionalProperties !== false;
  });
}
