import { fieldCountWarning, outlineFaults, reviewOutline } from '@multitask/task-group';
import { sentence, type Json } from './words';

/** What a field of the editor can hold; anything else is written as JSON. */
export const fieldTypes = ['string', 'number', 'integer', 'boolean', 'strings', 'choice'] as const;
export type FieldType = (typeof fieldTypes)[number];

export interface SchemaField {
  readonly name: string;
  readonly type: FieldType;
  readonly about: string;
  /** Of a choice. */
  readonly choices: readonly string[];
}

type Node = { readonly [name: string]: Json };

/** The schema of an object with these fields, each of them wanted. */
export function schemaOf(fields: readonly SchemaField[]): Node {
  const named = fields.filter(({ name }) => name.trim() !== '');
  return {
    type: 'object',
    properties: Object.fromEntries(named.map((field) => [field.name.trim(), propertyOf(field)])),
    required: [...new Set(named.map(({ name }) => name.trim()))],
    additionalProperties: false,
  };
}

function propertyOf({ type, about, choices }: SchemaField): Node {
  const described: Node = about.trim() === '' ? {} : { description: about.trim() };
  if (type === 'strings') return { type: 'array', items: { type: 'string' }, ...described };
  if (type === 'choice') return { type: 'string', enum: [...choices], ...described };
  return { type, ...described };
}

/** The schema as fields of the editor; undefined when it says more than they can. */
export function fieldsOf(schema: unknown): SchemaField[] | undefined {
  if (!isNode(schema) || !isNode(schema.properties)) return undefined;
  if (!within(schema, ['type', 'properties', 'required', 'additionalProperties'])) return undefined;
  const names = Object.keys(schema.properties);
  const required = Array.isArray(schema.required) ? schema.required : [];
  if (schema.additionalProperties !== false || names.some((name) => !required.includes(name))) return undefined;
  const fields = names.map((name) => fieldOf(name, (schema.properties as Node)[name]));
  return fields.every((field) => field !== undefined) ? fields : undefined;
}

function fieldOf(name: string, node: Json | undefined): SchemaField | undefined {
  if (!isNode(node)) return undefined;
  const about = typeof node.description === 'string' ? node.description : '';
  const { type, items } = node;
  if (type === 'array' && isNode(items) && items.type === 'string' && within(items, ['type']))
    return within(node, ['type', 'items', 'description']) ? { name, type: 'strings', about, choices: [] } : undefined;
  if (type === 'string' && Array.isArray(node.enum)) {
    const choices = node.enum.filter((value): value is string => typeof value === 'string');
    const isPlain = choices.length === node.enum.length && within(node, ['type', 'enum', 'description']);
    return isPlain ? { name, type: 'choice', about, choices } : undefined;
  }
  const isPlain = type === 'string' || type === 'number' || type === 'integer' || type === 'boolean';
  return isPlain && within(node, ['type', 'description']) ? { name, type, about, choices: [] } : undefined;
}

export interface Advice {
  readonly level: 'error' | 'warning';
  readonly message: string;
}

const types = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']);

/** What is wrong with a schema as it is typed, and what could be better. The service looks at all of it once more. */
export function adviceOn(text: string, processor: string | undefined): Advice[] {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    return [{ level: 'error', message: `This is not JSON yet: ${(error as Error).message}` }];
  }
  if (!isNode(schema)) return [{ level: 'error', message: 'A schema is a JSON object.' }];
  // The upstream's own form is taken too.
  const root = (schema.type === 'json' && isNode(schema.json_schema) ? schema.json_schema : schema) as never;
  const outline = [...outlineFaults(root, 'output_schema'), ...strangeTypes(root, 'output_schema')];
  const { errors, warnings } = outline.length > 0 ? { errors: outline, warnings: [] } : reviewOutline(root);
  const count = processor === undefined ? undefined : fieldCountWarning(root, processor);
  return [
    ...errors.map(({ field, message }) => ({ level: 'error' as const, message: told(field, message) })),
    ...[...warnings, ...(count ? [count] : [])].map(({ field = '', message }) => ({
      level: 'warning' as const,
      message: told(field, message.slice(field.length).trim()),
    })),
  ];
}

/** Said at once, although only the service knows all of JSON Schema: a misspelt type is the likeliest mistake. */
function strangeTypes(node: Json | undefined, path: string, depth = 0): { field: string; message: string }[] {
  if (!isNode(node) || depth > 12) return [];
  const own = [node.type].flat().filter((type) => type !== undefined && !types.has(String(type)));
  const found = own.map((type) => ({ field: `${path}.type`, message: `cannot be ${JSON.stringify(type)}` }));
  if (isNode(node.properties))
    for (const [name, inner] of Object.entries(node.properties))
      found.push(...strangeTypes(inner, `${path}.properties.${name}`, depth + 1));
  if (isNode(node.items)) found.push(...strangeTypes(node.items, `${path}.items`, depth + 1));
  return found;
}

/** The path as somebody sees it who looks at fields: `“city.type” cannot be "text".` */
function told(field: string, message: string): string {
  const path = field.replace(/^output_schema\.?/, '').replaceAll('properties.', '');
  return sentence(`${path === '' ? 'The schema' : `“${path}”`} ${message}`);
}

const within = (node: Node, names: readonly string[]): boolean =>
  Object.keys(node).every((name) => names.includes(name));

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
