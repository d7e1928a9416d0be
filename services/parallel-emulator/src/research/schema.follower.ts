import {
  isObject,
  listOf,
  propertiesOf,
  resolveRef,
  typesOf,
  type JsonSchema,
  type SchemaObject,
} from '../intake/json-schema';
import { combine } from './schema.combination';

export type Kind = 'string' | 'number' | 'integer' | 'boolean' | 'strings';

/** A place in the output that wants a value. */
export interface Field {
  readonly path: readonly string[];
  readonly name: string;
  readonly description: string;
}

/** Knows or invents the values of fields; the follower knows only where they go. */
export interface Author {
  /** A true value of that kind, or undefined when nothing is known. */
  known(field: Field, kind: Kind): unknown;
  /** The one of several values that is true, or undefined. */
  knownAmong(field: Field, values: readonly unknown[]): unknown;
  invented(field: Field, kind: Kind): unknown;
  /** One of several, for enums, unions, optional nulls and the lengths of lists. */
  choose<T>(field: Field, choices: readonly T[]): T;
}

/** Makes a value that follows a schema. Deterministic for a deterministic author. */
export function followSchema(root: SchemaObject, author: Author): unknown {
  return new Follower(root, author).value(root, { path: [], name: '', description: '' });
}

class Follower {
  constructor(
    private readonly root: SchemaObject,
    private readonly author: Author,
  ) {}

  value(schema: JsonSchema, parent: Field): unknown {
    if (!isObject(schema)) return this.author.invented(parent, 'string');
    const field = typeof schema.description === 'string' ? { ...parent, description: schema.description } : parent;
    if (typeof schema.$ref === 'string') {
      const { $ref, ...rest } = schema;
      const target = resolveRef(this.root, schema.$ref) ?? true;
      return this.value(isObject(target) ? combine(target, rest) : rest, field);
    }
    const whole = listOf(schema.allOf).filter(isObject);
    if (whole.length > 0) return this.value(whole.reduce(combine, without(schema, 'allOf')), field);
    for (const keyword of ['anyOf', 'oneOf'] as const) {
      const branches = listOf(schema[keyword]).filter(isObject);
      if (branches.length > 0)
        return this.value(combine(without(schema, keyword), this.branch(branches, field)), field);
    }
    if ('const' in schema) return schema.const;
    if (Array.isArray(schema.enum)) return this.enumValue(schema, schema.enum, field);
    return this.plain(schema, field);
  }

  private branch(branches: readonly SchemaObject[], field: Field): SchemaObject {
    const substantial = branches.filter((branch) => branch.type !== 'null');
    return substantial.length > 0 ? this.author.choose(field, substantial) : branches[0]!;
  }

  private enumValue(schema: SchemaObject, values: readonly unknown[], field: Field): unknown {
    const types = typesOf(schema);
    const allowed = types.length === 0 ? values : values.filter((value) => types.some((type) => isOfType(value, type)));
    const known = this.author.knownAmong(field, allowed);
    if (known !== undefined) return known;
    const substantial = allowed.filter((value) => value !== null);
    return substantial.length > 0 ? this.author.choose(field, substantial) : (allowed[0] ?? null);
  }

  private plain(schema: SchemaObject, field: Field): unknown {
    const type = this.typeOf(schema, field);
    switch (type) {
      case 'object':
        return this.object(schema, field);
      case 'array':
        return this.array(schema, field);
      case 'null':
        return null;
      case 'boolean':
      case 'number':
      case 'integer':
        return this.leaf(field, type);
      default:
        return this.leaf(field, 'string');
    }
  }

  private typeOf(schema: SchemaObject, field: Field): string {
    const types = typesOf(schema);
    const substantial = types.filter((type) => type !== 'null');
    if (substantial.length > 0)
      return substantial.length === 1 ? substantial[0]! : this.author.choose(field, substantial);
    if (types.length > 0) return 'null';
    if (schema.properties !== undefined || schema.required !== undefined) return 'object';
    return schema.items !== undefined || schema.prefixItems !== undefined ? 'array' : 'string';
  }

  private leaf(field: Field, kind: Kind): unknown {
    return this.author.known(field, kind) ?? this.author.invented(field, kind);
  }

  private object(schema: SchemaObject, field: Field): Record<string, unknown> {
    const properties = propertiesOf(schema);
    const extra = (listOf(schema.required) as unknown[]).filter((name) => !Object.hasOwn(properties, String(name)));
    const further = isObject(schema.additionalProperties) ? schema.additionalProperties : true;
    const entries = [...Object.entries(properties), ...extra.map((name) => [String(name), further] as const)];
    return Object.fromEntries(
      entries.map(([name, inner]) => [name, this.value(inner, { path: [...field.path, name], name, description: '' })]),
    );
  }

  private array(schema: SchemaObject, field: Field): unknown[] {
    const items = (schema.items ?? true) as JsonSchema;
    const fixed = listOf(schema.prefixItems).map((item, i) => this.value(item, element(field, i)));
    if (items === false) return fixed;
    if (fixed.length === 0 && isPlainText(items)) {
      const known = this.author.known(field, 'strings');
      if (Array.isArray(known)) return known;
    }
    const length = this.author.choose(field, [1, 2, 3]);
    return [...fixed, ...Array.from({ length }, (_, i) => this.value(items, element(field, fixed.length + i)))];
  }
}

const element = (field: Field, index: number): Field => ({ ...field, path: [...field.path, String(index)] });

const isPlainText = (items: JsonSchema): boolean =>
  items === true ||
  (isObject(items) && typesOf(items).includes('string') && items.enum === undefined && !('const' in items));

function without(schema: SchemaObject, keyword: string): SchemaObject {
  const { [keyword]: _, ...rest } = schema;
  return rest;
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  return type === 'null' ? value === null : typeof value === type;
}
