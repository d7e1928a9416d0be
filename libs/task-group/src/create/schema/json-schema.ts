import type { JsonObject } from '@multitask/contracts';

export type SchemaNode = JsonObject;

export const isNode = (value: unknown): value is SchemaNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keywords that hold one schema, a list of schemas, or schemas by name. */
const single = ['items', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains', 'propertyNames'] as const;
const lists = ['anyOf', 'oneOf', 'allOf', 'prefixItems'] as const;
const named = ['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'] as const;

export interface Child {
  readonly keyword: string;
  readonly path: string;
  readonly node: SchemaNode;
}

/** The schemas directly inside a schema, definitions included. */
export function childrenOf(node: SchemaNode): Child[] {
  const found: Child[] = [];
  const add = (keyword: string, path: string, value: unknown): void => {
    if (isNode(value)) found.push({ keyword, path, node: value });
  };
  for (const keyword of single) if (Object.hasOwn(node, keyword)) add(keyword, keyword, node[keyword]);
  for (const keyword of lists) {
    const branches = node[keyword];
    if (Array.isArray(branches)) branches.forEach((branch, i) => add(keyword, `${keyword}[${i}]`, branch));
  }
  for (const keyword of named) {
    const byName = node[keyword];
    if (isNode(byName)) for (const [name, inner] of Object.entries(byName)) add(keyword, `${keyword}.${name}`, inner);
  }
  return found;
}

/** Where a local `$ref` such as `#/$defs/city` leads; undefined for nowhere. */
export function resolveLocal(root: SchemaNode, ref: string): SchemaNode | undefined {
  if (ref !== '#' && !ref.startsWith('#/')) return undefined;
  let at: unknown = root;
  for (const part of ref.split('/').slice(1)) {
    const key = decoded(part);
    if (typeof at !== 'object' || at === null || key === undefined || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return isNode(at) ? at : undefined;
}

function decoded(pointerPart: string): string | undefined {
  try {
    return decodeURIComponent(pointerPart).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}
