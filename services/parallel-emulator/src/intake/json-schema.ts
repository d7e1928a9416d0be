/** A JSON Schema as users send it: an object, or the trivial `true` and `false`. */
export type JsonSchema = boolean | SchemaObject;
export interface SchemaObject {
  readonly [keyword: string]: unknown;
}

export const isObject = (value: unknown): value is SchemaObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const propertiesOf = (schema: SchemaObject): Record<string, JsonSchema> =>
  isObject(schema.properties) ? (schema.properties as Record<string, JsonSchema>) : {};

export const listOf = (value: unknown): readonly JsonSchema[] => (Array.isArray(value) ? (value as JsonSchema[]) : []);

export function typesOf(schema: SchemaObject): string[] {
  if (typeof schema.type === 'string') return [schema.type];
  if (Array.isArray(schema.type)) return schema.type.filter((type) => typeof type === 'string');
  return [];
}

/** Follows a local `$ref` (`#`, `#/$defs/name`, …); undefined when it leads nowhere or out of the document. */
export function resolveRef(root: SchemaObject, ref: string): JsonSchema | undefined {
  if (!ref.startsWith('#')) return undefined;
  let at: unknown = root;
  for (const part of ref.slice(1).split('/').filter(Boolean)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return isObject(at) || typeof at === 'boolean' ? at : undefined;
}

/** The schemas directly inside a schema, with the keyword path that leads to each. */
export function innerSchemas(schema: SchemaObject): { path: (string | number)[]; schema: JsonSchema }[] {
  const inner: { path: (string | number)[]; schema: JsonSchema }[] = [];
  for (const [name, property] of Object.entries(propertiesOf(schema)))
    inner.push({ path: ['properties', name], schema: property });
  for (const keyword of ['anyOf', 'oneOf', 'allOf', 'prefixItems'])
    listOf(schema[keyword]).forEach((branch, i) => inner.push({ path: [keyword, i], schema: branch }));
  for (const keyword of ['items', 'additionalProperties'])
    if (isObject(schema[keyword])) inner.push({ path: [keyword], schema: schema[keyword] });
  return inner;
}
