import type { Issue } from '../wire/api-error';
import {
  innerSchemas,
  isObject,
  listOf,
  propertiesOf,
  resolveRef,
  typesOf,
  type JsonSchema,
  type SchemaObject,
} from './json-schema';
import { discouragedNames, schemaLimits, unsupportedKeywords } from './output-schema.limits';

export interface SchemaFindings {
  readonly errors: readonly Issue[];
  readonly warnings: readonly string[];
}

type Path = readonly (string | number)[];

/** Checks a JSON output schema against the rules of the Task API. `at` is where it stands in the request. */
export function checkOutputSchema(schema: SchemaObject, at: Path): SchemaFindings {
  const inspection = new Inspection(schema, at);
  inspection.root();
  inspection.visit(schema, [], { level: 0, insideUnion: false, trail: [] });
  inspection.totals();
  return inspection;
}

interface Place {
  readonly level: number;
  readonly insideUnion: boolean;
  /** The references followed on the way here: meeting one again means endless nesting. */
  readonly trail: readonly string[];
}

class Inspection implements SchemaFindings {
  readonly errors: Issue[] = [];
  readonly warnings: string[] = [];
  private parts = 0;
  private properties = 0;
  private enumValues = 0;
  private textChars = 0;

  constructor(
    private readonly document: SchemaObject,
    private readonly at: Path,
  ) {}

  root(): void {
    if (this.document.type !== 'object') this.fail([], 'The root type must be object');
    if (!isObject(this.document.properties)) this.fail([], 'The root must have properties');
    if (this.document.anyOf !== undefined) this.fail(['anyOf'], 'The root must not have anyOf');
  }

  visit(schema: JsonSchema, path: Path, place: Place): void {
    // Each further error would repeat the same complaint.
    if (!isObject(schema) || this.errors.length >= 20) return;
    if (++this.parts > schemaLimits.parts) return this.fail([], 'The schema unfolds into too many parts');
    for (const keyword of Object.keys(schema))
      if (unsupportedKeywords.has(keyword)) this.fail([...path, keyword], `Unsupported keyword ${keyword}`);
    if (typeof schema.$ref === 'string') return this.follow(schema.$ref, path, place);
    this.checkNull(schema, path, place.insideUnion);
    this.checkEnum(schema, path);
    const level = schema.properties === undefined ? place.level : this.checkObject(schema, path, place.level + 1);
    for (const inner of innerSchemas(schema)) {
      const insideUnion = inner.path[0] === 'anyOf' || inner.path[0] === 'oneOf';
      this.visit(inner.schema, [...path, ...inner.path], { ...place, level, insideUnion });
    }
  }

  totals(): void {
    if (this.properties > schemaLimits.properties) this.fail([], `More than ${schemaLimits.properties} properties`);
    if (this.enumValues > schemaLimits.enumValues) this.fail([], `More than ${schemaLimits.enumValues} enum values`);
    if (this.textChars > schemaLimits.textChars)
      this.fail([], `Names and enum values exceed ${schemaLimits.textChars} characters`);
  }

  private follow(ref: string, path: Path, place: Place): void {
    const target = resolveRef(this.document, ref);
    if (target === undefined) return this.fail([...path, '$ref'], 'The reference leads nowhere inside this schema');
    if (place.trail.includes(ref) || ref === '#') return this.fail([...path, '$ref'], 'The reference is circular');
    this.visit(target, path, { ...place, trail: [...place.trail, ref] });
  }

  private checkNull(schema: SchemaObject, path: Path, insideUnion: boolean): void {
    const types = typesOf(schema);
    if (types.length > 0 && types.every((type) => type === 'null') && !insideUnion)
      this.fail([...path, 'type'], 'null is allowed only inside a union');
  }

  private checkEnum(schema: SchemaObject, path: Path): void {
    if (schema.enum === undefined) return;
    if (!Array.isArray(schema.enum) || schema.enum.length === 0)
      return this.fail([...path, 'enum'], 'An enum needs at least one value');
    const chars = schema.enum.reduce<number>((sum, value) => sum + String(value).length, 0);
    this.enumValues += schema.enum.length;
    this.textChars += chars;
    if (schema.enum.length > schemaLimits.longEnum && chars > schemaLimits.longEnumChars)
      this.fail([...path, 'enum'], `The text of a long enum exceeds ${schemaLimits.longEnumChars} characters`);
  }

  private checkObject(schema: SchemaObject, path: Path, level: number): number {
    const names = Object.keys(propertiesOf(schema));
    this.properties += names.length;
    this.textChars += names.reduce((sum, name) => sum + name.length, 0);
    if (level > schemaLimits.nesting) this.fail(path, `Nested deeper than ${schemaLimits.nesting} levels`);
    const required = new Set(listOf(schema.required) as readonly unknown[]);
    const where = path.length === 0 ? 'the root' : path.join('.');
    const optional = names.filter((name) => !required.has(name));
    if (optional.length > 0) this.warnings.push(`Not listed in required of ${where}: ${optional.join(', ')}`);
    if (schema.additionalProperties !== false) this.warnings.push(`additionalProperties of ${where} should be false`);
    for (const name of names)
      if (discouragedNames.has(name)) this.warnings.push(`The name ${name} repeats what the basis already says`);
    return level;
  }

  private fail(path: Path, msg: string): void {
    this.errors.push({ loc: [...this.at, ...path], msg, type: 'value_error' });
  }
}
