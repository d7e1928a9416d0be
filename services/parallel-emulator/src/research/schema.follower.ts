import {
  isObject,
  listOf,
  propertiesOf,
  resolveRef,
  typesOf,
  type JsonSchema,
  type SchemaObject,
} from '../intake/json-schema';
import { validatorOf } from '../intake/schema.validator';
import { combine, isPossible } from './schema.combination';

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

/** Makes a value that follows a schema. Deterministic for a deterministic author; throws for a schema without measure. */
export function followSchema(root: SchemaObject, author: Author): unknown {
  return new Follower(root, author).value(root, { path: [], name: '', description: '' });
}

/** Kept by the part they stand for, so that each is compiled once. */
const standaloneParts = new WeakMap<SchemaObject, SchemaObject>();

/** Nested unions and references can ask for exponentially many values; an honest schema needs a few hundred. */
const maxSteps = 20_000;

class Follower {
  private steps = 0;

  constructor(
    private readonly root: SchemaObject,
    private readonly author: Author,
  ) {}

  value(schema: JsonSchema, parent: Field): unknown {
    if (++this.steps > maxSteps) throw new Error('The schema asks for too much');
    if (!isObject(schema)) return this.author.invented(parent, 'string');
    const field = typeof schema.description === 'string' ? { ...parent, description: schema.description } : parent;
    if (typeof schema.$ref === 'string') return this.value(this.resolved(schema), field);
    // Unions first: joining two of them would put one back under allOf, for ever.
    if (listOf(schema.anyOf).some(isObject)) return this.value(this.branches(schema, 'anyOf', field)[0]!, field);
    if (listOf(schema.oneOf).some(isObject)) return this.exclusive(schema, field);
    const whole = listOf(schema.allOf)
      .filter(isObject)
      .map((part) => this.resolved(part));
    if (whole.length > 0) return this.value(whole.reduce(combine, without(schema, 'allOf')), field);
    if ('const' in schema) return schema.const;
    if (Array.isArray(schema.enum)) return this.enumValue(schema, schema.enum, field);
    return this.plain(schema, field);
  }

  /** The schema joined with each branch it leaves open, one chosen branch first; null only if nothing else is possible. */
  private branches(schema: SchemaObject, keyword: 'anyOf' | 'oneOf', field: Field): SchemaObject[] {
    const rest = without(schema, keyword);
    const branches = listOf(schema[keyword]).filter(isObject);
    const possible = branches.map((branch) => combine(rest, this.resolved(branch))).filter(isPossible);
    const substantial = possible.filter((branch) => branch.type !== 'null');
    const pool = substantial.length > 0 ? substantial : possible.length > 0 ? possible : [rest];
    const chosen = this.author.choose(field, pool);
    return [chosen, ...pool.filter((branch) => branch !== chosen)];
  }

  /** A value of one branch that does not happen to follow another one too. */
  private exclusive(schema: SchemaObject, field: Field): unknown {
    const validators = listOf(schema.oneOf).map((branch) => validatorOf(this.standalone(branch)));
    const follows = (value: unknown) => validators.filter((problemOf) => problemOf?.(value) === undefined).length;
    let value: unknown;
    for (const branch of this.branches(schema, 'oneOf', field)) {
      value = this.value(branch, field);
      if (follows(value) === 1) break;
    }
    return value;
  }

  /** A part of the document that can be compiled alone. */
  private standalone(part: JsonSchema): SchemaObject {
    if (!isObject(part)) return part ? {} : { not: {} };
    const known = standaloneParts.get(part);
    const whole = known ?? { ...part, $defs: this.root.$defs ?? {}, definitions: this.root.definitions ?? {} };
    if (!known) standaloneParts.set(part, whole);
    return whole;
  }

  private resolved(schema: SchemaObject): SchemaObject {
    if (typeof schema.$ref !== 'string') return schema;
    const rest = without(schema, '$ref');
    const target = resolveRef(this.root, schema.$ref);
    return isObject(target) ? combine(this.resolved(target), rest) : rest;
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
    const required = new Set((listOf(schema.required) as unknown[]).map(String));
    const extra = [...required].filter((name) => !Object.hasOwn(properties, name));
    const further = isObject(schema.additionalProperties) ? schema.additionalProperties : true;
    // What is optional and impossible is left out.
    const wanted = Object.entries(properties).filter(([name, inner]) => required.has(name) || isPossible(inner));
    const entries = [...wanted, ...extra.map((name) => [name, further] as const)];
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
