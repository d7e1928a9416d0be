import { findProcessor, type FieldError, type GroupWarning, type JsonObject } from '@multitask/contracts';
import { boundsFaults, unfoldedSize } from './schema.bounds';
import { childrenOf, isNode, resolveLocal, type SchemaNode } from './json-schema';

/** The upstream's limits on output schemas (documentation of August 2026). */
export const outputSchemaLimits = {
  /** Objects inside objects, the root included. The upstream's own pages name 5 as the limit and 3 as good advice. */
  nesting: 5,
  advisedNesting: 3,
  properties: 100,
  enumValues: 500,
  /** Above so many values the text of one enum is limited too. */
  longEnum: 250,
  longEnumCharacters: 7_500,
  /** Names and enum values together. */
  textCharacters: 25_000,
} as const;

/** The upstream refuses schemas with these. */
export const unsupportedKeywords: ReadonlySet<string> = new Set([
  ...['contains', 'format', 'maxContains', 'maxItems', 'maxLength', 'maxProperties', 'maximum', 'minContains'],
  ...['minItems', 'minLength', 'minimum', 'minProperties', 'multipleOf', 'pattern', 'patternProperties'],
  ...['propertyNames', 'uniqueItems', 'unevaluatedItems', 'unevaluatedProperties'],
]);

/** The upstream's own basis has these for every field; asking for them again confuses it. */
const basisNames: ReadonlySet<string> = new Set([
  ...['citations', 'confidence', 'evidence', 'reasoning', 'source', 'sources', 'source_urls'],
]);

export interface SchemaReview {
  /** The upstream would refuse the schema. */
  readonly errors: readonly FieldError[];
  readonly warnings: readonly GroupWarning[];
}

/** What is wrong with the outline of a schema: its size, its references, its root. */
export const outlineFaults = (schema: JsonObject, field: string): FieldError[] => [
  ...boundsFaults(schema, field),
  ...rootFaults(schema, field),
];

/** What the upstream will say about a schema whose outline is right. It needs no compiler, so a page asks it as somebody types. */
export function reviewOutline(schema: JsonObject, field = 'output_schema'): SchemaReview {
  const faults = unfoldingFaults(schema, field);
  if (faults.length > 0) return { errors: faults, warnings: [] };
  const review = new Review(schema, field);
  review.visit(schema, field, { level: 0, inUnion: false });
  review.totals();
  return { errors: review.errors, warnings: review.warnings };
}

/** The upstream counts what references unfold to; far above its limits we need not walk there to know. */
const maxUnfolded = 5_000;

function unfoldingFaults(schema: JsonObject, field: string): FieldError[] {
  const size = unfoldedSize(schema);
  if (size === Infinity) return [{ field, message: 'contains itself; the upstream takes no recursive schemas' }];
  return size > maxUnfolded ? [{ field, message: `unfolds to more than ${maxUnfolded} schemas` }] : [];
}

function rootFaults(schema: JsonObject, field: string): FieldError[] {
  if (schema.type !== 'object') return [{ field: `${field}.type`, message: 'must be "object"' }];
  const faults: FieldError[] = [];
  if (!isNode(schema.properties) || Object.keys(schema.properties).length === 0)
    faults.push({ field: `${field}.properties`, message: 'must name at least one property' });
  if (Object.hasOwn(schema, 'anyOf')) faults.push({ field: `${field}.anyOf`, message: 'may not stand at the root' });
  return faults;
}

interface Place {
  /** How many objects are around. */
  readonly level: number;
  readonly inUnion: boolean;
}

class Review {
  readonly errors: FieldError[] = [];
  readonly warnings: GroupWarning[] = [];
  private properties = 0;
  private enumValues = 0;
  private textCharacters = 0;
  private deepest = 0;

  constructor(
    private readonly root: JsonObject,
    private readonly field: string,
  ) {}

  visit(node: SchemaNode, path: string, place: Place): void {
    if (this.errors.length >= 20) return;
    for (const keyword of Object.keys(node))
      if (unsupportedKeywords.has(keyword))
        this.fail(
          `${path}.${keyword}`,
          'is a keyword the upstream does not support; leave it out or say it in a description',
        );
    this.reviewNull(node, path, place.inUnion);
    this.reviewEnum(node, path);
    const level = isNode(node.properties) ? this.reviewObject(node, path, place.level + 1) : place.level;
    if (level > outputSchemaLimits.nesting) return;
    const target = typeof node.$ref === 'string' ? resolveLocal(this.root, node.$ref) : undefined;
    if (target) this.visit(target, path, { level, inUnion: place.inUnion });
    for (const child of childrenOf(node)) {
      if (child.keyword === '$defs' || child.keyword === 'definitions') continue;
      const inUnion = child.keyword === 'anyOf' || child.keyword === 'oneOf';
      this.visit(child.node, `${path}.${child.path}`, { level, inUnion });
    }
  }

  totals(): void {
    const { properties, enumValues, textCharacters, advisedNesting } = outputSchemaLimits;
    if (this.properties > properties) this.fail(this.field, `has more than ${properties} properties`);
    if (this.enumValues > enumValues)
      this.fail(this.field, `has ${this.enumValues} enum values; ${enumValues} are taken`);
    if (this.textCharacters > textCharacters)
      this.fail(
        this.field,
        `has ${this.textCharacters} characters of names and enum values; ${textCharacters} are taken`,
      );
    if (this.deepest > advisedNesting)
      this.warn(this.field, `nests ${this.deepest} objects; at most ${advisedNesting} are advised`);
  }

  private reviewObject(node: SchemaNode, path: string, level: number): number {
    const names = Object.keys(node.properties as JsonObject);
    this.properties += names.length;
    this.deepest = Math.max(this.deepest, level);
    if (level > outputSchemaLimits.nesting) this.fail(path, `nests more than ${outputSchemaLimits.nesting} objects`);
    for (const name of names) {
      this.textCharacters += name.length;
      if (basisNames.has(name))
        this.warn(`${path}.properties.${name}`, 'has a name that each answer’s basis already provides; choose another');
    }
    const required = Array.isArray(node.required) ? node.required : [];
    const optional = names.filter((name) => !required.includes(name));
    if (optional.length > 0)
      this.warn(
        `${path}.required`,
        `should list every property; ${shown(optional)} missing (use a union with null for optional ones)`,
      );
    if (node.additionalProperties !== false) this.warn(`${path}.additionalProperties`, 'should be false');
    return level;
  }

  private reviewNull(node: SchemaNode, path: string, inUnion: boolean): void {
    const alone =
      node.type === 'null' || (Array.isArray(node.type) && node.type.length === 1 && node.type[0] === 'null');
    if (alone && !inUnion) this.fail(`${path}.type`, 'may be null only in a union such as ["string", "null"]');
  }

  private reviewEnum(node: SchemaNode, path: string): void {
    if (!Array.isArray(node.enum)) return;
    if (node.enum.length === 0) return this.fail(`${path}.enum`, 'must have at least one value');
    if (!node.enum.some((value) => fitsType(value, node.type)))
      return this.fail(`${path}.enum`, 'has no value of the type that stands beside it');
    const characters = node.enum.reduce<number>((sum, value) => sum + textOf(value).length, 0);
    this.enumValues += node.enum.length;
    this.textCharacters += characters;
    const { longEnum, longEnumCharacters } = outputSchemaLimits;
    if (node.enum.length > longEnum && characters > longEnumCharacters)
      this.fail(
        `${path}.enum`,
        `has ${characters} characters; an enum of more than ${longEnum} values may have ${longEnumCharacters}`,
      );
  }

  private fail(field: string, message: string): void {
    this.errors.push({ field, message });
  }

  private warn(field: string, message: string): void {
    if (this.warnings.length < 50) this.warnings.push({ code: 'schema', message: `${field} ${message}.`, field });
  }
}

function fitsType(value: unknown, type: unknown): boolean {
  if (type === undefined) return true;
  const own = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return [type].flat().some((name) => name === own || (name === 'integer' && Number.isInteger(value)));
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

const shown = (names: readonly string[]): string =>
  names.length > 3
    ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more are`
    : `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'}`;

/** A processor answers only so many fields well; the upstream warns about more. */
export function fieldCountWarning(schema: JsonObject, processor: string): GroupWarning | undefined {
  const fields = isNode(schema.properties) ? Object.keys(schema.properties).length : 0;
  const known = findProcessor(processor);
  if (!known || fields <= known.maxFields) return undefined;
  return {
    code: 'schema',
    field: 'output_schema',
    message: `output_schema has ${fields} fields; ${processor} answers about ${known.maxFields} well. Consider a stronger processor.`,
  };
}
