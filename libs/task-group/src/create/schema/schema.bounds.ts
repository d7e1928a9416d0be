import type { FieldError, JsonObject } from '@multitask/contracts';
import { childrenOf, isNode, resolveLocal, type SchemaNode } from './json-schema';

/** What a user's schema may be, before anything looks at what it says. */
export const schemaBounds = {
  /** Characters as JSON; the upstream takes 15,000 for a whole task spec, so more is never useful. */
  characters: 65_536,
  /** Schemas inside schemas. */
  depth: 32,
} as const;

const foreignReferences = ['$dynamicRef', '$recursiveRef'] as const;

/** Size, depth and references of a schema. `$ref` may only point inside the schema: nothing is ever fetched. */
export function boundsFaults(schema: JsonObject, field: string): FieldError[] {
  if (JSON.stringify(schema).length > schemaBounds.characters)
    return [{ field, message: `is larger than ${schemaBounds.characters} characters` }];
  const faults: FieldError[] = [];
  const stack: { node: SchemaNode; path: string; depth: number }[] = [{ node: schema, path: field, depth: 1 }];
  for (let at = stack.pop(); at && faults.length < 20; at = stack.pop()) {
    const { node, path, depth } = at;
    if (depth > schemaBounds.depth)
      return [{ field: path, message: `nests deeper than ${schemaBounds.depth} schemas` }];
    const fault = referenceFault(schema, node);
    if (fault) faults.push({ field: `${path}.${fault.keyword}`, message: fault.message });
    for (const child of childrenOf(node))
      stack.push({ node: child.node, path: `${path}.${child.path}`, depth: depth + 1 });
  }
  return faults;
}

function referenceFault(root: JsonObject, node: SchemaNode): { keyword: string; message: string } | undefined {
  for (const keyword of foreignReferences)
    if (Object.hasOwn(node, keyword)) return { keyword, message: 'is not supported' };
  if (!Object.hasOwn(node, '$ref')) return undefined;
  const ref = node.$ref;
  if (typeof ref !== 'string') return { keyword: '$ref', message: 'must be a string' };
  if (!ref.startsWith('#'))
    return { keyword: '$ref', message: 'must point inside the schema (such as "#/$defs/name"); nothing is fetched' };
  return resolveLocal(root, ref)
    ? undefined
    : { keyword: '$ref', message: 'points to what is not there in the schema' };
}

/**
 * How many schemas there are once every reference is followed: Infinity for a schema that contains itself.
 * Two references to something that has two references … double each time, so this is counted and never walked.
 */
export function unfoldedSize(root: JsonObject): number {
  const sizes = new Map<SchemaNode, number>();
  const open = new Set<SchemaNode>();
  const sizeOf = (node: SchemaNode): number => {
    const known = sizes.get(node);
    if (known !== undefined) return known;
    if (open.has(node)) return Infinity;
    open.add(node);
    let size = 1;
    for (const child of childrenOf(node))
      if (child.keyword !== '$defs' && child.keyword !== 'definitions') size += sizeOf(child.node);
    const target = typeof node.$ref === 'string' ? resolveLocal(root, node.$ref) : undefined;
    if (isNode(target)) size += sizeOf(target);
    open.delete(node);
    sizes.set(node, size);
    return size;
  };
  return sizeOf(root);
}
